"""What a reference points at: relative, absolute, `urn:uuid:`, conditional, contained, or by a business identifier.

All forms of the same target give the same name ("Patient/123"), so that people are named alike by every resource. One
delivery is one system's (`FeedContext.system`), so the server's address before the type is left off.
"""

from __future__ import annotations

from nightlight.domain.people import normal_nhs_number
from nightlight.feeds.fhir.resources import Identifier, Reference

NHS_NUMBER = "/Id/nhs-number"
"""How the naming system of NHS numbers ends: https://fhir.nhs.uk/Id/nhs-number, and older hosts before it."""
_URN = ("urn:uuid:", "urn:oid:")


def is_nhs_number(identifier: Identifier | None) -> bool:
    return identifier is not None and (identifier.system or "").endswith(NHS_NUMBER)


def canonical(reference: str, kind: str) -> str:
    """The name of what is referred to, as `Type/id`, given that it is of this kind.

    >>> canonical("https://example.nhs.uk/FHIR/R4/Patient/123/_history/2", "Patient")
    'Patient/123'
    >>> canonical("urn:uuid:78D3C2EB-009E-4EC8-A358-B042954AA9B2", "Patient")
    'Patient/78d3c2eb-009e-4ec8-a358-b042954aa9b2'
    """
    for urn in _URN:
        if reference.startswith(urn):
            return f"{kind}/{reference.removeprefix(urn).lower()}"
    parts = reference.split("/_history/")[0].split("/")
    if len(parts) == 1:
        return f"{kind}/{parts[0]}"
    return f"{parts[-2]}/{_uuid_alike(parts[-1])}"


def named(kind: str, id_: str) -> str:
    """The name of a resource by its own id."""
    return f"{kind}/{_uuid_alike(id_)}"


def _uuid_alike(id_: str) -> str:
    """Ids are case-sensitive, but a UUID is the same in either case, and both are sent."""
    return id_.lower() if len(id_) == 36 and id_.count("-") == 4 else id_


def target(reference: Reference, kind: str) -> tuple[str, Identifier | None] | None:
    """The name of what a reference points at, and the business identifier it gives; None when it points at nothing.

    >>> target(Reference(reference="Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990548609"), "Patient")[0]
    'nhs-number/9990548609'
    """
    text = reference.reference or ""
    if "?" in text:
        identifier = _conditional(text)
        return (by_identifier(identifier), identifier) if identifier else None
    if text:
        return canonical(text, kind), reference.identifier
    if reference.identifier and reference.identifier.value:
        return by_identifier(reference.identifier), reference.identifier
    return None


def by_identifier(identifier: Identifier) -> str:
    """The name of someone known only by a business identifier."""
    value = (identifier.value or "").strip()
    if is_nhs_number(identifier):
        return f"nhs-number/{normal_nhs_number(value) or value}"
    return f"{identifier.system or 'identifier'}|{value}"


def _conditional(text: str) -> Identifier | None:
    """`Patient?identifier=system|value`, as in a transaction."""
    for pair in text.partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        if name == "identifier" and value:
            system, bar, rest = value.rpartition("|")
            return Identifier(system=system if bar else None, value=rest)
    return None
