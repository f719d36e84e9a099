"""The agencies whose knowledge counts, and the order in which they are shown.

An *agency* is a sector of the partnership (`health.gp`); an *organisation* is one member of it (one practice, one
school). Indicators count agencies; ownership needs organisations.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AGENCIES: Mapping[str, str] = MappingProxyType(
    {
        "education": "Education",
        "health.gp": "General practice",
        "health.hospital": "Hospital",
        "health.community": "Community health",
        "police": "Police",
        "social_care": "Children's social care",
        "housing": "Housing",
        "adult_services": "Adult services",
        "probation": "Probation",
        "voluntary": "Voluntary sector",
        "public": "Family and public",
    }
)
"""Code to name as people see it. The order is the order of lanes on a child's page."""

KEEP_ADDRESSES = frozenset({"education", "health.gp", "health.community", "social_care", "housing"})
"""The agencies that keep where a child of theirs lives, and change it when they are told. The others write down what
was said to them on a day, and nobody changes it when the child moves."""


def agency_name(code: str) -> str:
    """The name people see for an agency's code; raises `KeyError` for a code not in `AGENCIES`."""
    return AGENCIES[code]
