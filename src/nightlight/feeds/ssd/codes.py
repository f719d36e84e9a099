"""What the codes mean that a practitioner would otherwise have to look up: the entry says code and meaning.

From the Standard Safeguarding Dataset's own categories (`primary_need`, `reason_for_closure`). The first need is worded
as the children in need census has it since 2024/25, when exploitation joined it.
"""

from __future__ import annotations

from collections.abc import Mapping

PRIMARY_NEEDS: Mapping[str, str] = {
    "N0": "not stated",
    "N1": "abuse, neglect and exploitation",
    "N2": "child's disability or illness",
    "N3": "parent's illness or disability",
    "N4": "family in acute stress",
    "N5": "family dysfunction",
    "N6": "socially unacceptable behaviour",
    "N7": "low income",
    "N8": "absent parenting",
    "N9": "other than a child in need",
}

CLOSE_REASONS: Mapping[str, str] = {
    "RC1": "adopted",
    "RC2": "died",
    "RC3": "child arrangements order",
    "RC4": "special guardianship order",
    "RC5": "transferred to services of another local authority",
    "RC6": "transferred to adult social care services",
    "RC7": "services ceased for any other reason, including child no longer in need",
    "RC8": "case closed after assessment, no further action",
    "RC9": "case closed after assessment, referred to early help",
}


def coded(text: str, meanings: Mapping[str, str]) -> str:
    """The meaning with its code behind; what is no code of the list stays as it was sent.

    >>> coded("RC8", CLOSE_REASONS)
    'case closed after assessment, no further action (RC8)'
    >>> coded("Moved away", CLOSE_REASONS)
    'Moved away'
    """
    meaning = meanings.get(text.upper())
    return f"{meaning} ({text.upper()})" if meaning else text
