"""One kernel in three places: the expressions of `indicators`, run over columns, live, in batch and on Spark.

`indicators.reference` is the definition; nothing here may differ from it by a microsecond. Start at `live.py` for one
child and `batch.py` for a population.

Errors of this package, all of them `EngineError`:

    EngineError
    ├── ProgramError    an expression that cannot be compiled
    ├── BeyondError     a child's fact that the columns cannot hold exactly
    └── LayoutError     a file whose columns or order are not those of `columnar`
"""

from __future__ import annotations
