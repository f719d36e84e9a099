"""The serialised form of an expression: plain dicts and lists, stable, with a hash of its meaning.

A rule's hash goes beside what it fired on, so that years later one can tell whether it was this rule. What things are
called is kept but not hashed: better words do not make another rule.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from nightlight.domain.people import Part
from nightlight.indicators import nodes
from nightlight.indicators.checks import NodeError
from nightlight.indicators.nodes import Expression, Node, Op

_NODES: Mapping[str, type[Node]] = {
    kind.__name__: kind
    for kind in vars(nodes).values()
    if isinstance(kind, type) and issubclass(kind, Node) and kind not in (Node, Expression, nodes.Amount)
}
_WORDS_ONLY = {("Entries", "one"), ("Entries", "many")}
_READ = {"op": Op, "parts": Part}


class PlainError(NodeError):
    """A serialised expression that cannot be read back."""


def to_plain(node: Node) -> dict[str, Any]:
    """The expression as dicts, lists, text and numbers.

    >>> to_plain(nodes.Window(28))
    {'node': 'Window', 'days': 28, 'working': False}
    """
    plain: dict[str, Any] = {"node": type(node).__name__}
    plain.update({each.name: _plain(getattr(node, each.name)) for each in fields(node)})
    return plain


def from_plain(plain: Mapping[str, Any]) -> Node:
    """The expression that `to_plain` wrote, checked again as it is made.

    >>> from_plain({"node": "Window", "days": 28, "working": False})
    Window(days=28, working=False)
    """
    kind = _NODES.get(str(plain.get("node")))
    if kind is None:
        raise PlainError("This is not a serialised expression", "Its `node` names one of " + ", ".join(_NODES) + ".")
    given = {key: value for key, value in plain.items() if key != "node"}
    try:
        return kind(**{key: _read(key, value) for key, value in given.items()})
    except (TypeError, NodeError) as error:
        raise PlainError(
            f"A serialised {kind.__name__} does not fit: {error}", "Write it again with to_plain."
        ) from None


def content_hash(node: Node) -> str:
    """Sixteen hexadecimal digits that stand for the meaning of an expression.

    >>> content_hash(nodes.Window(28)) == content_hash(nodes.Window(28))
    True
    """
    text = json.dumps(_meaning(to_plain(node)), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, Node):
        return to_plain(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Op | Part) else value


def _read(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_plain(value)
    if isinstance(value, list):
        return tuple(_read(key, item) for item in value)
    try:
        return _READ[key](value) if key in _READ else value
    except ValueError:
        raise PlainError(f"A serialised expression has an unknown {key}", "Write it again with to_plain.") from None


def _meaning(plain: Any) -> Any:
    if isinstance(plain, dict):
        kind = plain.get("node")
        return {key: _meaning(value) for key, value in plain.items() if (kind, key) not in _WORDS_ONLY}
    return [_meaning(item) for item in plain] if isinstance(plain, list) else plain
