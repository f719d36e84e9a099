"""Indicators: the language they are written in, what an expression means, why it holds, and the catalogue.

An indicator's value on a child's facts is `Spans`. Nothing here adds indicators up, ranks children or decides anything.

Errors of this package, all of them `ValueError`:

    IndicatorError
    ├── NodeError         an expression that cannot mean anything, as the nodes put it
    │   └── PlainError    a serialised expression that cannot be read back
    └── LanguageError     the same, in the words of whoever wrote the expression, and what to write instead
"""
