"""Of what the kernel found for one child: what holds at a moment, and when that next changes.

It stands alone, so that its cache on disk goes by this file and nothing else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nightlight.engines.compiled import cached
from nightlight.engines.layout import LAST

Ints = npt.NDArray[np.int64]


@cached
def standing(root: Ints, start: Ints, end: Ints, now: int, holding: Ints) -> int:
    """The next moment at which anything starts or stops holding, `LAST` if none; in `holding`, how many hold at the
    moment, and then the numbers of those that do."""
    following = LAST
    size = 0
    for k in range(root.size):
        if start[k] > now:
            following = min(following, start[k])
        elif end[k] > now:
            following = min(following, end[k])
            size += 1
            holding[size] = root[k]
    holding[0] = size
    return following
