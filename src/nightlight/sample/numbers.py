"""Identifiers that no living person has: NHS numbers of the never-issued range, UPNs of no authority, made-up UPRNs.

Each is drawn in the order of the population, so that the first thousand children of ten thousand are the same thousand.
"""

from __future__ import annotations

from nightlight.domain.people import normal_upn

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_STRIDE = 786_433  # prime to 10: every six-digit middle is met once before any comes again
_SPAN = 1_000_000
FIRST_RESERVED = "999999900"
"""From this nine-digit beginning on, NHS numbers are the case families' (cases.py) and are drawn for nobody else."""
NO_AUTHORITY = "999"
"""The local authority number in every UPN here: none has it."""


class NumbersExhaustedError(ValueError):
    """More children than the never-issued NHS numbers 999 000 0000 to 999 999 9999 can tell apart."""


def nhs_check_digit(nine: str) -> int | None:
    """The tenth digit, or None where the weighted sum leaves 10 and the number can't exist.

    >>> nhs_check_digit("999000001")
    8
    """
    left = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return {11: 0, 10: None}.get(left, left)


def upn(serial: int, year: int) -> str:
    """A valid UPN of an authority that does not exist, the same for the same serial and year of entry."""
    body = f"{NO_AUTHORITY}{1000 + serial // 1000:04d}{year % 100:02d}{serial % 1000:03d}"
    total = sum(weight * int(digit) for weight, digit in enumerate(body, start=2))
    made = _UPN_LETTERS[total % 23] + body
    assert normal_upn(made)  # noqa: S101 - the domain's own rule, not ours, says what is valid
    return made


def uprn(serial: int) -> str:
    """A twelve-digit property number from 9990 0000 0000 up, a range that Ordnance Survey does not use."""
    return f"9990{serial:08d}"


class NhsNumbers:
    """NHS numbers one after another, each once."""

    def __init__(self, seed: int) -> None:
        self._at = seed % _SPAN
        self._left = _SPAN

    def next(self) -> str:
        while self._left:
            self._left -= 1
            self._at = (self._at + _STRIDE) % _SPAN
            nine = f"999{self._at:06d}"
            digit = nhs_check_digit(nine)
            if digit is not None and nine < FIRST_RESERVED:
                return f"{nine}{digit}"
        raise NumbersExhaustedError(
            "The never-issued NHS numbers 999 000 0000 to 999 999 9999 are used up. "
            "Ask for fewer than 900,000 children."
        )
