"""The audit log as a whole: sealing it, checking it, and taking a copy of it, or its checkpoint, off the machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain import audit_chain, audit_export
from nightlight.domain.audit_chain import Checked, Checkpoint, Fault, Finding, Verify
from nightlight.domain.notices import Wanted, Why
from nightlight.domain.raising import Arrangements
from nightlight.domain.rota import who
from nightlight.store.audit import sealing
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DailyRound
from nightlight.store.keys.keyring import verifier
from nightlight.store.keys.vault import keyring
from nightlight.store.people.models import Practitioner
from nightlight.timeline.london import local_date


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the live log came to. waiting: rows that no seal holds yet, which nothing proves."""

    checked: Checked
    waiting: int


def seal() -> int:
    """Seal what waits, unless somebody is at it; how many rows. The worker, and each delivery's end, call this."""
    return sealing.seal_all(wait=False)


def export(*, by: Practitioner | str, now: datetime) -> Iterator[str]:
    """The whole log as lines that `nightlight verify FILE` checks anywhere. The export is itself in the log first."""
    with transaction.atomic():
        audit.record(at=now, by=by, act="audit.exported")
    sealing.seal_all()
    keys = {id_: public.hex() for id_, public in keyring().public_keys().items()}
    with sealing.one_moment():
        yield from audit_export.lines(audit_export.Head(now.isoformat(), keys), sealing.links())


def verify_live(*, checkpoints: Iterable[Checkpoint] = (), verify: Verify | None = None) -> Verdict:
    """Check the log in the database: seals, rows, rows that came past the guards, checkpoints kept elsewhere.

    verify: with which keys; those of the key file if not given. Changes nothing.
    """
    verify = verify or verifier(keyring().public_keys())
    kept = list(checkpoints)
    with sealing.one_moment():
        checked = audit_chain.check(sealing.links(), verify)
        found = sealing.hashes([each.number for each in kept])
        for each in kept:
            checked.findings += audit_chain.checkpoint_faults(each, found, verify)
        checked.findings += [_stray(id_) for id_ in sealing.strays()]
        return Verdict(checked, sealing.waiting())


def checkpoint(*, by: Practitioner | str, now: datetime) -> Checkpoint:
    """The newest seal, signed: to be kept where nobody who keeps this database can reach it."""
    with transaction.atomic():
        audit.record(at=now, by=by, act="audit.checkpoint")
    sealing.seal_all()
    last = sealing.newest()
    if last is None:
        raise LookupError("the audit log has no seal")
    return Checkpoint(last.number, last.sealed, last.hash, last.key, last.signature)


def send_checkpoint(*, now: datetime) -> bool:
    """Once a day: the newest seal goes to the Caldicott guardian, out of this machine. Whether it was sent just now.

    Whoever has the database and the key file can seal a past anew, but cannot take a message back from a mailbox.
    """
    under = Arrangements(rota=mapping.rota())
    guardian = who(under.rota, "caldicott_guardian", "", now).person
    last = sealing.newest()
    if not guardian or last is None:
        return False
    with transaction.atomic():
        _, first = DailyRound.objects.get_or_create(name="checkpoint", day=local_date(now))
        if not first:
            return False
        kept = Checkpoint(last.number, last.sealed, last.hash, last.key, last.signature)
        about = f"checkpoint:{kept.line()}"
        key = f"checkpoint.{last.number}.{guardian}"
        notices.keep([(Wanted(key=key, why=Why.CHECKPOINT, person=guardian, about=about), "")], now)
        audit.record(at=now, by=audit.SYSTEM, act="audit.checkpoint_sent", about=guardian, detail={"seal": last.number})
    return True


def _stray(id_: int) -> Finding:
    return Finding(
        Fault.INSERTED, 0, id_, f"Row {id_} is in no seal and was never put before the sealer: it came past the guards."
    )
