"""What is done to a plan: each deed one form, one function here, one event. What may follow is the domain's to say."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import taking
from nightlight.actions.plans.deeds import NotEnded
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.events import MeetingError
from nightlight.domain.plans import events as pe
from nightlight.timeline import Partial
from nightlight.web.forms import Errors, When
from nightlight.web.moment import now
from nightlight.web.page import not_found, signed_in
from nightlight.web.presenters import plan as plan_shows
from nightlight.web.presenters.meeting_fields import UNITS
from nightlight.web.presenters.words import capital
from nightlight.web.reads import Of, reads
from nightlight.web.views import meeting_forms as forms
from nightlight.web.views import plan as pages
from nightlight.web.views.meeting import Typed
from nightlight.web.views.meeting_do import Deed


@reads(Of.CHILD)
@signed_in
@require_POST
def do(request: HttpRequest, plan_id: UUID, deed: str) -> HttpResponse:
    found = DEEDS.get(deed)
    if found is None:
        return not_found(request)
    said = Deed(request, plan_id, now())
    done = None
    try:
        done = found(said)
    except MeetingError as error:
        said.errors.append((said.form or "main-content", capital(str(error))))
    except NotEnded as refused:
        said.errors.extend((f"{said.form}-reason", reason.missing) for reason in refused.reasons)
    if said.errors:
        inputs = said.inputs or {name: value for name, value in request.POST.items()}
        typed = Typed(said.form, inputs, said.errors)
        if request.POST.get("at_item") or said.form.startswith("settle-"):
            return pages.show_item(request, plan_id, said.text("item", 80), typed)
        return pages.show(request, plan_id, typed)
    if getattr(done, "refused", None) is not None:
        return redirect(reverse("plan_item", args=[plan_id, said.text("item", 80)]))
    return redirect(f"{reverse('plan', args=[plan_id])}#{said.text('anchor', 60) or 'main-content'}")


def _page(said: Deed) -> plans.OpenedPlan:
    opened = plans.look(by=said.request.user, plan=said.meeting)
    if opened is None:
        raise Refused(plans.NOT_YOURS)
    return opened


def _event(said: Deed, kind: type[ev.Event], *, leads: bool = False, **fields: Any) -> Any:
    """One event, under the form's own key."""
    if said.errors:
        return None
    key = said.text("key", 60) or str(uuid.uuid4())
    event = kind(id=key, at=said.at, by=said.request.user.username, **fields)
    return plans.do(by=said.request.user, plan=said.meeting, event=event, now=said.at, leads=leads)


def _owners(said: Deed) -> dict[str, tuple[str, str]]:
    return plan_shows.owners(plans.page(by=said.request.user, plan=said.meeting, now=said.at))


def add(said: Deed) -> Any:
    what = said.text("what_kind", 20)
    if what not in plans.ITEMS:
        raise MeetingError("this form is out of date: reload the page.")
    said.inputs = forms.inputs(said.post, what)
    state = _page(said).state
    fields = _only(forms.read(said.inputs, what, said.errors, people=_owners(said), form=said.form), what, state)
    if what == "note":
        fields["block"] = "family_version"
    exact = {name for name in forms.EXACT.get(what, ()) if fields.get(name) is not None}
    fields = forms.with_times(fields, what, {"said_when"} | exact, said.at)
    item = said.item()
    if said.errors:
        return None
    return plans.add(
        by=said.request.user, plan=said.meeting, key=said.text("key", 60) or str(uuid.uuid4()), what=what, item=item,
        fields=_with_owner(fields, what), now=said.at,
    )  # fmt: skip


def _only(fields: dict[str, Any], what: str, state: Any) -> dict[str, Any]:
    """The choices that this plan has; what is none of them is left out."""
    children = state.begun.children
    if "child" in fields and fields["child"] not in children:
        fields["child"] = children[0] if len(children) == 1 else ""
    if "answers" in fields:
        fields["answers"] = tuple(each for each in fields["answers"] if each in state.items)
    if what == "outcome":
        fields["danger"] = fields["danger"] if fields["danger"] in state.items else ""
        fields.setdefault("child", children[0] if len(children) == 1 else "")
    if what == "visits" and fields.get("unit") not in UNITS:
        fields["unit"] = "working_days"
    if what == "contingency" and fields.get("indicator") not in plan_shows.CATALOGUE:
        fields["indicator"] = ""
    return fields


def _with_owner(fields: dict[str, Any], what: str) -> dict[str, Any]:
    if not fields.get("owner"):
        return fields
    return {**fields, **meeting_deeds.owner_said(plans.ITEMS[what][0], {"owner": fields["owner"]})}


def correct(said: Deed) -> Any:
    state = _page(said).state
    item = state.items.get(said.item())
    if item is None:
        raise MeetingError("there is no such item here: reload the page.")
    what = plan_shows.HAPPENS[item.kind]
    touched = forms.changed(said.post, what)
    said.inputs = forms.inputs(said.post, what)
    fields = _only(forms.read(said.inputs, what, said.errors, people=_owners(said), form=said.form), what, state)
    fields = forms.with_times(fields, what, touched, said.at)
    if touched & {"said_when", *forms.EXACT.get(what, ())}:
        touched |= {*forms.EXACT.get(what, ()), "read_as"}
    if "owner" in touched:
        fields, touched = _with_owner(fields, what), touched | {"owner_name", "agency"}
    changes = {n: v for n, v in fields.items() if n in touched and n in item.kind.EDITABLE and item.fields.get(n) != v}
    if said.errors:
        return None
    if not changes:
        raise MeetingError("nothing was changed.")
    return plans.change(
        by=said.request.user, plan=said.meeting, key=said.text("key", 60) or str(uuid.uuid4()), what=what,
        item=item.id, of_version=said.version(), changes=changes, now=said.at,
    )  # fmt: skip


def withdraw(said: Deed) -> Any:
    reason = said.needed("reason", "Say why it no longer stands")
    return _event(said, ev.ItemWithdrawn, item=said.item(), of_version=said.version(), reason=reason)


def settle(said: Deed) -> Any:
    kept = said.text("kept", 10)
    if kept not in ("theirs", "mine"):
        said.wrong("kept", "Say which text stands")
        return None
    item = _page(said).state.items.get(said.item())
    edit = next((each for each in item.unsettled if each.edit == said.text("edit", 80)), None) if item else None
    if item is None or edit is None:
        raise MeetingError("somebody has settled this already: reload the page.")
    if kept == "mine" and "withdrawn" not in edit.wanted:
        done = plans.change(
            by=said.request.user, plan=said.meeting, key=f"{said.text('key', 60) or uuid.uuid4()}/now",
            what=plan_shows.HAPPENS[item.kind], item=item.id, of_version=said.version(), changes=dict(edit.wanted),
            now=said.at,
        )  # fmt: skip
        if done.refused is not None:
            return done
    return _event(said, ev.EditSettled, item=item.id, edit=edit.edit, kept=kept)


def _do(said: Deed, deed: Callable[..., Any], **fields: Any) -> Any:
    """One deed of `taking`, under the form's own key."""
    if said.errors:
        return None
    key = said.text("key", 60) or str(uuid.uuid4())
    return deed(by=said.request.user, plan=said.meeting, key=key, now=said.at, **fields)


def _how(said: Deed) -> str:
    """How somebody who does not sign in said so, to whoever writes it down."""
    return said.needed("how", "Say how they accepted it: in the room, by telephone, in writing") if said.author else ""


def accept(said: Deed) -> Any:
    how = _how(said)
    return _do(said, taking.accept_protection, item=said.item(), of_version=said.version(), author=said.author, how=how)


def decline(said: Deed) -> Any:
    reason = said.needed("reason", "Say why not, so that another way is found now")
    return _do(said, taking.decline_protection, item=said.item(), reason=reason, author=said.author)


def accept_action(said: Deed) -> Any:
    how = _how(said)
    return _do(said, taking.accept_action, item=said.item(), author=said.author, how=how)


def take_over_ask(said: Deed) -> Any:
    """Who is to take the plan over: somebody who signs in, or somebody else by name."""
    chosen, name = said.text("person", 80), said.text("person_other", 120)
    if not chosen and not name:
        said.wrong("person", "Choose who takes it over, or give their name")
    person = f"name-{uuid.uuid4()}" if name else chosen
    return _do(said, taking.ask, person=person, name=name)


def take_over(said: Deed) -> Any:
    how = _how(said)
    return _do(said, taking.accept, author=said.author, how=how)


def take_over_not(said: Deed) -> Any:
    reason = said.needed("reason", "Say why not, so that somebody else is found")
    return _do(said, taking.decline, reason=reason, author=said.author)


def confirm(said: Deed) -> Any:
    how = said.needed("how", "Say how it is known")
    state = said.text("in_force", 5)
    if state not in ("yes", "no"):
        said.wrong("in_force", "Say whether it is in force")
    kind = ev.ProtectionConfirmed if state == "yes" else ev.ProtectionFailed
    return _event(said, kind, item=said.item(), how=how)


def action_done(said: Deed) -> Any:
    how = said.needed("how", "Say how it shows that it was done")
    return _event(said, ev.ActionDone, item=said.item(), how=how)


def progress(said: Deed) -> Any:
    what = said.needed("what", "Say what was seen")
    moved = said.text("moved", 10)
    if moved not in ("better", "same", "worse"):
        said.wrong("moved", "Say whether it is better, the same or worse for the child")
    since, until = _day(said, "from"), _day(said, "to")
    return _event(said, pe.ProgressSeen, item=said.item(), moved=moved, what=what, seen_from=since, seen_to=until)


def _day(said: Deed, name: str) -> Partial | None:
    text = said.text(name, 10)
    if not text:
        return None
    try:
        return Partial.parse(text)
    except ValueError:
        said.wrong(name, "Enter a date")
        return None


def review(said: Deed) -> Any:
    """When it is reviewed next; with how it went, where it was reviewed now."""
    wrong: Errors = []
    by_when = When.of(said.request, "review").moment("review", wrong, needed=True)
    said.errors.extend((f"{said.form}-{name}", message) for name, message in wrong)
    how = said.text("how", 2000)
    if how:
        return _event(said, pe.Reviewed, leads=True, how=how, next_review=by_when)
    return _event(said, pe.ReviewSet, leads=True, review=by_when)


def lead(said: Deed) -> Any:
    return _event(said, pe.LeadNamed, leads=True, lead=said.needed("lead", "Choose who leads it"))


def member(said: Deed) -> Any:
    """One more in the core group, or one fewer."""
    person = said.text("person", 80)
    members = list(_page(said).state.members)
    kept = [each for each in members if each != person]
    after = kept if said.text("out", 3) == "yes" else [*kept, person]
    return _event(said, pe.MembersNamed, leads=True, members=tuple(after))


def answer(said: Deed) -> Any:
    how = said.needed("how", "Say what was done about it")
    return _event(said, pe.TripwireAnswered, item=said.item(), how=how)


def end(said: Deed) -> Any:
    reason = said.needed("reason", "Say why it ends")
    if said.errors:
        return None
    return plans.end(
        by=said.request.user, plan=said.meeting, key=said.text("key", 60) or str(uuid.uuid4()), reason=reason,
        child_heard=said.text("heard", 3) == "yes", follows=said.text("follows", 200), now=said.at,
    )  # fmt: skip


DEEDS: Mapping[str, Callable[[Deed], Any]] = {
    "add": add, "correct": correct, "withdraw": withdraw, "settle": settle, "accept": accept, "decline": decline,
    "confirm": confirm, "action-done": action_done, "progress": progress, "review": review, "lead": lead,
    "member": member, "answer": answer, "end": end, "accept-action": accept_action, "take-over-ask": take_over_ask,
    "take-over": take_over, "take-over-not": take_over_not,
}  # fmt: skip
"""Every deed by its name in an address."""
