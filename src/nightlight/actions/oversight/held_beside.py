"""What is held on somebody beside entries: the files that came with concerns, and records as they were sent.

Only of records whose every entry the reader may read: a file or a raw record can't be parted as entries are. It is
called for a copy of what is held (`copies`), which has asked whether the reader may make one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from nightlight.domain.subject_access import Field, Held, Mark, Part, raw_part
from nightlight.domain.subject_raw import beyond, written_freely
from nightlight.store.chronology.models import EntryRow
from nightlight.store.intake.models import Attachment, RaisedConcern, RawRecord
from nightlight.timeline.london import local_date

UNDER = "Photographs, recordings and documents"
_KINDS = {"image": "photograph or picture", "audio": "recording", "video": "film", "text": "document"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """What marks need to know: whether it is about a child, whose names the record knows, and of violence at home."""

    is_child: bool
    names: Sequence[str]
    violence: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry as it is shown: what it is, and its part of what is held."""

    row: EntryRow
    held: Held
    part: Part


_Record = tuple[str, str]


def whole(shown: Sequence[Shown], may_read: Callable[[EntryRow], bool]) -> dict[_Record, bool]:
    """The records that the reader may read every entry of; whether each is about others, too."""
    mine = {each.row.id for each in shown}
    found = {(each.row.system, each.row.record_id): False for each in shown}
    for each in shown:
        found[each.row.system, each.row.record_id] |= bool(each.held.others)
    rows = EntryRow.objects.filter(record_id__in={record for _, record in found}).exclude(id__in=mine)
    for row in rows.defer("words", "text"):
        if (row.system, row.record_id) in found:
            if may_read(row):
                found[row.system, row.record_id] = True
            else:
                del found[row.system, row.record_id]
    return found


# -- files


def files(whole: Iterable[tuple[str, str]]) -> list[Attachment]:
    """The files that came with these concerns, without their bytes, the oldest first."""
    raised = RaisedConcern.objects.filter(id__in=[UUID(id_) for _, id_ in whole if _is_id(id_)])
    found = Attachment.objects.filter(draft__in=raised.values("draft")).order_by("added", "id")
    return list(found.defer("content"))


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def file_parts(found: Sequence[Attachment]) -> Iterator[Part]:
    """Each file as a field of its own; none is plainly theirs: a picture is looked at before it is given."""
    fields = tuple(_file(number, each) for number, each in enumerate(found, 1))
    if fields:
        yield Part(under=UNDER, title="With concerns", fields=fields)


def _file(number: int, held: Attachment) -> Field:
    kind = _KINDS.get(held.media_type.partition("/")[0], "document")
    on = local_date(held.added)
    return Field(
        id=f"file:{held.id}", label=f"{kind} {number}", file=str(held.id), mark=Mark.THIRD_PARTY,
        value=f"{path_of(number, held)}, added on {on.day} {on:%B %Y}", why="may show or tell of others: open it",
    )  # fmt: skip


def path_of(number: int, held: Attachment) -> str:
    """Where a file lies in the copy: numbered, and by its own name as far as every system can have it.

    The number is its place among all that are held, so that what is left out leaves a gap.
    """
    name = re.sub(r"[^\w-]+", "-", held.name.rpartition(".")[0] or held.name, flags=re.ASCII).strip("-")[:60]
    return f"files/{number}-{name or 'file'}{held.ending}"


def listed(found: Sequence[Attachment], given: Iterable[str]) -> list[dict[str, str]]:
    """The files that are given, as the copy's data names them."""
    wanted = set(given)
    return [
        {"path": path_of(number, each), "media_type": each.media_type, "sha256": each.digest}
        for number, each in enumerate(found, 1)
        if str(each.id) in wanted
    ]


def packed(found: Sequence[Attachment], given: Iterable[str]) -> bytes:
    """The files that are given, in one ZIP file; nothing where none is."""
    wanted = set(given)
    if not wanted:
        return b""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for number, each in enumerate(found, 1):
            if str(each.id) in wanted:
                bundle.writestr(path_of(number, each), bytes(each.content))
    return out.getvalue()


def bundle(documents: Mapping[str, bytes], files_: bytes) -> bytes:
    """One ZIP file of a copy's documents and its files."""
    out = io.BytesIO(files_)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as whole:
        for name, content in documents.items():
            whole.writestr(name, content)
    return out.getvalue()


# -- records as they were sent


def raw_parts(
    shown: Sequence[Shown], records: Mapping[_Record, bool], described: Iterable[str], whose: Whose
) -> Iterator[Part]:
    """What each record says as it was sent beyond its entries. described: what the copy says of whom it is about."""
    versions: dict[tuple[str, str, int], list[Shown]] = {}
    for each in shown:
        versions.setdefault((each.row.system, each.row.record_id, each.row.version), []).append(each)
    for raw in RawRecord.objects.filter(record_id__in={record for _, record in records}).order_by("id"):
        entries = versions.get((raw.system, raw.record_id, raw.version), [])
        if entries and (raw.system, raw.record_id) in records:
            sent = beyond(bytes(raw.raw), [*described, *_said(entries)])
            if sent:
                held = _of(entries[0].held, raw.digest[:12], others=records[raw.system, raw.record_id])
                yield raw_part(
                    held, sent, is_child=whose.is_child, names=whose.names, violence=whose.violence,
                    free=written_freely,
                )  # fmt: skip


def _said(entries: Iterable[Shown]) -> Iterator[str]:
    """What the entries of a record say; and what they say that is no field: what they are, whose, and when."""
    for each in entries:
        row = each.row
        yield from (field.value for field in each.part.fields)
        yield from (part for field in each.part.fields for part in field.value.split(", "))
        yield from (row.kind, row.record_id, row.system, row.organisation, row.agency, row.occurred, row.until)
        yield row.occurred[:10]


def _of(held: Held, mark: str, *, others: bool) -> Held:
    """The entry that a raw record is known by; its id is of these very bytes."""
    return Held(
        id=f"{held.id}:{mark}", kind=held.kind, title=held.title, when=held.when, organisation=held.organisation,
        sensitivity=held.sensitivity, others=held.others or (("others",) if others else ()),
    )  # fmt: skip
