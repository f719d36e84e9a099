"""The forty indicators of the batch benchmark: those of the catalogue that every peer can be asked, and variants.

Left out are those that need England's working days, or a birthday at midnight in London: the peers would need tables of
them first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from nightlight.indicators import nodes
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.language import Condition, at_least, days, entries, nothing, percent
from nightlight.indicators.nodes import Expression

SAID = (
    nodes.Compare, nodes.Count, nodes.Total, nodes.Distinct, nodes.Share, nodes.While, nodes.After, nodes.Nothing,
    nodes.AllOf, nodes.AnyOf, nodes.AtLeastOf, nodes.Unless, nodes.Named, nodes.Lasted,
    nodes.Entries, nodes.Pattern, nodes.Where, nodes.Window,
)  # fmt: skip
"""The nodes that every peer here can be asked."""


def forty(number: int = 40) -> Mapping[str, Expression]:
    """The catalogue's, then variants of other windows and numbers."""
    catalogue = {code: each.expression for code, each in CATALOGUE.items() if can_be_asked(each.expression)}
    return dict(islice((catalogue | {code: each.node for code, each in _variants()}).items(), number))


def can_be_asked(expression: Expression) -> bool:
    for node in nodes.walk(expression):
        if not isinstance(node, SAID) or (isinstance(node, nodes.Window) and node.working):
            return False
    return True


def _variants() -> Iterator[tuple[str, Condition]]:
    plan = entries("social_care.child_protection_plan").going_on()
    registers = entries("education.register")
    for window in (28, 60, 90, 120, 182, 365):
        yield f"variant.concerns_{window}", entries("education.concern").in_last(days(window)) >= 2
        yield f"variant.missing_{window}", entries("police.missing").in_last(days(window)) >= 2
        yield f"variant.agencies_{window}", entries("health").distinct("agency").in_last(days(window)) >= 3
        yield (
            f"variant.quantity_{window}",
            (entries("health.medicine_issued").total("quantity").in_last(days(window)) >= 12),
        )
        yield f"variant.risk_{window}", entries("police.incident", dash=at_least(5)).in_last(days(window)) >= 1
        yield (
            f"variant.unseen_{window}",
            (nothing(entries("social_care.visit", child_seen=True)).for_(days(window), since=plan)),
        )
        yield (
            f"variant.attendance_{window}",
            (registers.share("attended", of="possible").in_last(days(window), minimum=20) <= percent(60)),
        )
