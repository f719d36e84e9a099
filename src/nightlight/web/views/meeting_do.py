"""What is done on a meeting's pages: each deed one form, one function here, one action. What may be done is the
actions' and the domain's to say; a refusal is shown on the page with what was typed still there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings import view as meeting_view
from nightlight.actions.meetings.closing import NotClosed
from nightlight.actions.meetings.log import NOT_YOURS
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.events import MeetingError
from nightlight.web.forms import Errors, When, uncut
from nightlight.web.moment import now
from nightlight.web.page import not_found, signed_in
from nightlight.web.presenters.meeting_fields import Inputs
from nightlight.web.presenters.words import capital
from nightlight.web.reads import Of, reads
from nightlight.web.views import meeting as pages
from nightlight.web.views import meeting_forms as forms
from nightlight.web.views import meeting_item


@dataclass
class Deed:
    """One form as it was sent. form: the id of its element; errors: what is wrong with it."""

    request: HttpRequest
    meeting: UUID
    at: datetime
    errors: Errors = field(default_factory=list)
    inputs: Inputs = field(default_factory=dict)

    @property
    def post(self) -> QueryDict:
        return self.request.POST

    @property
    def form(self) -> str:
        return self.chosen("form", 120)

    def text(self, name: str, most: int = forms.LONGEST) -> str:
        return uncut(self.post.get(name, "").replace("\r\n", "\n"), most)

    def chosen(self, name: str, most: int) -> str:
        """What the page itself sends: an id, a version, one of several words. What is longer is none of them."""
        return self.post.get(name, "").replace("\x00", "").strip()[:most]

    def needed(self, name: str, message: str) -> str:
        said = self.text(name)
        if not said:
            self.wrong(name, message)
        return said

    def wrong(self, name: str, message: str) -> None:
        self.errors.append((f"{self.form}-{name}", message))

    def item(self) -> str:
        return _id(self.chosen("item", 80))

    def version(self) -> int:
        said = self.chosen("version", 9)
        return int(said) if said.isascii() and said.isdigit() else 0

    def act(self, deed: Callable[..., Any], **said: Any) -> Any:
        """Do it, unless something is wrong already. The key makes a form that is sent twice count once."""
        if self.errors:
            return None
        key = self.chosen("key", 60) or str(uuid.uuid4())
        return deed(by=self.request.user, meeting=self.meeting, key=key, now=self.at, **said)

    @property
    def author(self) -> str:
        return forms.author_of(self.request)


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise MeetingError("this form is out of date: reload the page.") from None


@reads(Of.CHILD)
@signed_in
@require_POST
def do(request: HttpRequest, meeting_id: UUID, deed: str) -> HttpResponse:
    """Do it, and show the page that it was done on: by a new address without scripts, as the page itself with them."""
    found = DEEDS.get(deed)
    if found is None:
        return not_found(request)
    said = Deed(request, meeting_id, now())
    which = request.POST.get("which", "room")
    which = which if which in pages.PAGES else "room"
    try:
        acted = found(said)
    except MeetingError as error:
        acted = None
        said.errors.append((said.form or "main-content", capital(str(error))))
    except NotClosed as refused:
        acted = None
        many = len(refused.check.reasons)
        said.errors.append(("close", f"The meeting stays open: {many} thing{'s' if many > 1 else ''} to do first"))
    if said.errors:
        inputs = said.inputs or {name: value for name, value in request.POST.items()}
        typed = pages.Typed(said.form, inputs, said.errors)
        if request.POST.get("at_item") or said.form.startswith("settle-"):
            return meeting_item.show(request, meeting_id, said.chosen("item", 80), typed)
        return pages.show(request, meeting_id, which, typed)
    if getattr(acted, "refused", None) is not None:
        return _moved(request, reverse("meeting_item", args=[meeting_id, acted.event.item]))
    if request.headers.get(pages.LIVE) == "1":
        return pages.show(request, meeting_id, which)
    address = reverse(pages.PAGES[which], args=[meeting_id])
    return redirect(f"{address}#{request.POST.get('anchor', '')[:60] or 'main-content'}")


def _moved(request: HttpRequest, address: str) -> HttpResponse:
    """To another page; one whose scripts sent the form goes there itself."""
    if request.headers.get(pages.LIVE) != "1":
        return redirect(address)
    response = HttpResponse(status=204)
    response["X-Go"] = address
    return response


# -- items


def add(said: Deed) -> Any:
    what = said.chosen("what_kind", 20)
    if what not in meeting_deeds.ITEMS:
        raise MeetingError("this form is out of date: reload the page.")
    page = _page(said)
    said.inputs = forms.inputs(said.post, what)
    fields = forms.read(said.inputs, what, said.errors, people=pages.shows.owners(page), form=said.form)
    fields = _only(fields, what, page)
    if what == "note":
        fields["block"] = said.chosen("block", 40)
        if fields["block"] not in {each.code for each in page.row.contents}:
            raise MeetingError("this form is out of date: reload the page.")
    exact = set(forms.EXACT.get(what, ()))
    fields = forms.with_times(fields, what, {"said_when"} | {n for n in exact if fields.get(n) is not None}, said.at)
    return said.act(
        meeting_deeds.add, what=what, item=said.item(), fields=_with_owner(fields, what), author=said.author,
        draft=f"{what}:{said.chosen('item', 60)}",
    )  # fmt: skip


def _page(said: Deed) -> meeting_view.MeetingPage:
    page = meeting_view.part_of_page(by=said.request.user, meeting=said.meeting, now=said.at)
    if page is None:
        raise Refused(NOT_YOURS)
    return page


def _only(fields: dict[str, Any], what: str, page: meeting_view.MeetingPage) -> dict[str, Any]:
    """The choices that this meeting has; what is none of them is left out. One child alone need not be chosen."""
    if "child" in fields:
        known = tuple(page.children)
        fields["child"] = fields["child"] if fields["child"] in known else (known[0] if len(known) == 1 else "")
    if "answers" in fields:
        fields["answers"] = tuple(each for each in fields["answers"] if each in page.state.items)
    if what == "decision" and fields.get("outcome") not in page.row.outcomes:
        fields["outcome"] = ""
    if what == "dissent" and fields.get("decision") not in page.state.items:
        fields["decision"] = ""
    return fields


def _with_owner(fields: dict[str, Any], what: str) -> dict[str, Any]:
    """An owner who signs in is named by the action itself, as their sign-in says."""
    if not fields.get("owner"):
        return fields
    kind = meeting_deeds.ITEMS[what][0]
    return {**fields, **meeting_deeds.owner_said(kind, {"owner": fields["owner"]})}


def correct(said: Deed) -> Any:
    """A correction, of what its author changed and nothing else."""
    page = _page(said)
    item = page.state.items.get(said.item())
    if item is None:
        raise MeetingError("there is no such item here: reload the page.")
    what = pages.shows.HAPPENS[item.kind]
    touched = forms.changed(said.post, what)
    said.inputs = forms.inputs(said.post, what)
    fields = _only(
        forms.read(said.inputs, what, said.errors, people=pages.shows.owners(page), form=said.form), what, page
    )
    fields = forms.with_times(fields, what, touched, said.at)
    if touched & {"said_when", *forms.EXACT.get(what, ())}:
        touched |= {*forms.EXACT.get(what, ()), "read_as"}
    if "owner" in touched:
        fields = _with_owner(fields, what)
        touched |= {"owner_name", "agency"}
    editable = set(item.kind.EDITABLE)
    changes = {n: v for n, v in fields.items() if n in touched and n in editable and item.fields.get(n) != v}
    if not touched and not said.errors:
        raise MeetingError("nothing was changed.")
    if not changes and not said.errors:
        return None
    return said.act(
        meeting_deeds.change, what=what, item=item.id, of_version=said.version(), changes=changes,
        author=said.author, draft=f"{what}:{item.id}",
    )  # fmt: skip


def withdraw(said: Deed) -> Any:
    reason = said.needed("reason", "Say why it no longer stands")
    return said.act(meeting_deeds.withdraw, item=said.item(), of_version=said.version(), reason=reason)


def settle(said: Deed) -> Any:
    """Which of two texts stands. `mine` puts the late one in its place by a new edit, from the version now read."""
    kept = said.chosen("kept", 10)
    if kept not in ("theirs", "mine"):
        said.wrong("kept", "Say which text stands")
        return None
    opened = meeting_log.look(by=said.request.user, meeting=said.meeting)
    item = opened.state.items.get(said.item()) if opened else None
    edit = next((each for each in item.unsettled if each.edit == said.chosen("edit", 80)), None) if item else None
    if item is None or edit is None:
        raise MeetingError("somebody has settled this already: reload the page.")
    what = pages.shows.HAPPENS[item.kind]
    if kept == "mine" and "withdrawn" in edit.wanted:
        said.act(_later(meeting_deeds.withdraw, "/now"), item=item.id, of_version=said.version(),
                 reason=str(edit.wanted["withdrawn"]))  # fmt: skip
    elif kept == "mine":
        acted = said.act(_later(meeting_deeds.change, "/now"), what=what, item=item.id, of_version=said.version(),
                         changes=dict(edit.wanted))  # fmt: skip
        if acted and acted.refused is not None:
            return acted
    return said.act(meeting_deeds.settle, item=item.id, edit=edit.edit, kept=kept)


def _later(deed: Callable[..., Any], end: str) -> Callable[..., Any]:
    """The same deed under a key of its own, where one form does two."""

    def done(*, key: str, **said: Any) -> Any:
        return deed(key=f"{key}{end}", **said)

    return done


def accept(said: Deed) -> Any:
    return said.act(
        meeting_deeds.accept, item=said.item(), of_version=said.version(), author=said.author, how=_how(said)
    )


def decline(said: Deed) -> Any:
    reason = said.needed("reason", "Say why not, so that another way is found now")
    return said.act(meeting_deeds.decline, item=said.item(), reason=reason, author=said.author)


def confirm(said: Deed) -> Any:
    how = said.needed("how", "Say how it is known")
    state = said.chosen("in_force", 5)
    if state not in ("yes", "no"):
        said.wrong("in_force", "Say whether it is in force")
    return said.act(meeting_deeds.confirm, item=said.item(), how=how, in_force=state == "yes", author=said.author)


def accept_action(said: Deed) -> Any:
    return said.act(meeting_deeds.accept_action, item=said.item(), author=said.author, how=_how(said))


def _how(said: Deed) -> str:
    """How somebody else accepted what whoever runs the meeting writes down for them."""
    return said.needed("how", "Say how they accepted it: in the room, by telephone, in writing") if said.author else ""


def action_done(said: Deed) -> Any:
    how = said.needed("how", "Say how it shows that it was done")
    return said.act(meeting_deeds.action_done, item=said.item(), how=how)


def answer_dissent(said: Deed) -> Any:
    answer = said.needed("answer", "Write the answer")
    return said.act(meeting_deeds.answer_dissent, item=said.item(), answer=answer)


# -- scores


def score(said: Deed) -> Any:
    """One score; of several children one each, each with its reason (fields `score-1`, `reason-1` and so on)."""
    opened = meeting_log.look(by=said.request.user, meeting=said.meeting)
    whom = scores.of_whom(opened.state) if opened else ("",)
    if len(whom) == 1:
        number, reason = _score(said, "")
        return said.act(meeting_deeds.score, score=number, reason=reason, child=whom[0], author=said.author)
    given = {child: _score(said, f"-{number}") for number, child in enumerate(whom, 1)}
    return said.act(meeting_deeds.score_each, given=given, author=said.author)


def _score(said: Deed, of: str) -> tuple[int, str]:
    number = said.chosen(f"score{of}", 9)
    if not (number.isascii() and number.isdigit() and int(number) <= 10):
        said.wrong(f"score{of}", "Choose a number from 0 to 10")
        number = "0"
    return int(number), said.needed(f"reason{of}", "Give your reason, in a sentence")


def show_scores(said: Deed) -> Any:
    return said.act(meeting_deeds.show_scores)


# -- people


def invite(said: Deed) -> Any:
    part = said.needed("part", "Choose what they come as")
    person, name = said.chosen("person", 80), said.text("name", 120)
    if not person and not name:
        said.wrong("name", "Give their name")
    agency = "" if person else said.chosen("agency", 40) or "family"
    return said.act(
        meeting_deeds.invite, person=person or f"name-{uuid.uuid4()}", part=part, name=name, agency=agency,
        needs=said.text("needs", 500),
    )  # fmt: skip


def arrive(said: Deed) -> Any:
    return said.act(meeting_deeds.arrive, person=said.chosen("person", 80), how=said.chosen("how", 60))


def leave(said: Deed) -> Any:
    return said.act(meeting_deeds.leave, person=said.chosen("person", 80))


def apologise(said: Deed) -> Any:
    return said.act(
        meeting_deeds.apologise, person=said.chosen("person", 80), reason=said.text("reason", 500),
        instead=said.text("instead", 120),
    )  # fmt: skip


def report(said: Deed) -> Any:
    shared = When.of(said.request, "shared").moment("shared", said.errors, needed=False)
    return said.act(meeting_deeds.report_received, person=said.chosen("person", 80), shared=shared)


def responsible(said: Deed) -> Any:
    person, name = said.chosen("person", 80), said.text("name", 120)
    page = _page(said)
    if not person and not name:
        said.wrong("name", "Give the name of somebody with parental responsibility")
    of = [child for child in page.children if child in said.post.getlist("child")] or [*page.children][:1]
    if len(page.children) > 1 and not said.post.getlist("child"):
        said.wrong("child", "Say for which children they have it")
    if said.errors:
        return None
    key, basis = said.chosen("key", 50) or str(uuid.uuid4()), said.text("basis", 200)
    person, named = person or f"name-{uuid.uuid4()}", page.name(person) if person else name
    for number, child in enumerate(of, 1):
        acted = meeting_deeds.has_responsibility(
            by=said.request.user, meeting=said.meeting, key=key if number == 1 else f"{key}/{number}", person=person,
            child=child, name=named, basis=basis, now=said.at,
        )  # fmt: skip
    return acted


def support(said: Deed) -> Any:
    return said.act(meeting_deeds.support)


def told(said: Deed) -> Any:
    what = "decisions" if said.chosen("about", 20) == "decisions" else "meeting"
    reason = said.text("said", 500)
    if said.chosen("was", 3) not in ("yes", "no"):
        said.wrong("was", "Say whether they were told")
    elif not reason:
        said.wrong("said", "Say how they were told, or why not")
    if said.chosen("was", 3) == "yes":
        return said.act(meeting_deeds.told, person=said.chosen("person", 80), how=reason, what=what)
    return said.act(meeting_deeds.not_told, person=said.chosen("person", 80), why=reason, what=what)


def chaired(said: Deed) -> Any:
    chair = said.needed("chair", "Choose who chairs")
    return said.act(meeting_deeds.chaired, chair=chair, minutes=said.chosen("minutes", 80))


def schedule(said: Deed) -> Any:
    wrong: Errors = []
    starts = When.of(said.request, "starts").moment("starts", wrong, needed=True)
    said.errors.extend((f"{said.form}-{name}", message) for name, message in wrong)
    if starts is None:
        return None
    covers, page = said.text("covers", 200), _page(said)
    if refused := meeting_closing.not_on_that_day(page.state.kind, starts):
        said.wrong("starts_on", refused)
    warning = meeting_closing.late_warning(starts, covers)
    if warning and said.chosen("sure", 3) != "yes":
        said.wrong("covers", f"{warning.words} Say who covers, or confirm the time all the same")
    return said.act(meeting_deeds.schedule, starts=starts, place=said.text("place", 200), covers=covers)


def go_on_without(said: Deed) -> Any:
    reason = said.needed("reason", "Say why the meeting goes on without it")
    return said.act(meeting_deeds.go_on_without, requirement=said.chosen("requirement", 60), reason=reason)


# -- the end


def emergency(said: Deed) -> Any:
    reason = said.needed("reason", "Say why this is needed now")
    wanted = said.post.getlist("dangers")
    dangers = tuple(each[:80] for each in wanted)
    return said.act(
        meeting_closing.emergency, item=said.item(), route=said.chosen("route", 40), reason=reason,
        owner=said.chosen("owner", 80), dangers=dangers, author=said.author,
    )  # fmt: skip


def accept_emergency(said: Deed) -> Any:
    return said.act(meeting_closing.accept_emergency, item=said.item())


def end_emergency(said: Deed) -> Any:
    outcome = said.needed("outcome", "Say what came of it")
    return said.act(meeting_closing.end_emergency, item=said.item(), outcome=outcome)


def override(said: Deed) -> Any:
    reason = said.needed("reason", "Give your reason: it goes to the team on call and to the director with your name")
    if said.chosen("sure", 3) != "yes":
        said.wrong("sure", "Confirm that you have read what is uncovered")
    dangers = tuple(each[:80] for each in said.post.getlist("dangers"))
    return said.act(meeting_closing.sign_override, reason=reason, dangers=dangers)


def close(said: Deed) -> Any:
    return said.act(meeting_closing.close)


def adjourn(said: Deed) -> Any:
    reason = said.needed("reason", "Say why it breaks off")
    until = When.of(said.request, "until").moment("until", said.errors, needed=False)
    return said.act(meeting_closing.adjourn, reason=reason, until=until)


def stand_down(said: Deed) -> Any:
    reason = said.needed("reason", "Say why it is not held")
    return said.act(meeting_closing.stand_down, reason=reason)


def withhold(said: Deed) -> Any:
    reason = said.needed("reason", "Say why it is withheld from them")
    if not said.errors:
        meeting_after.withhold(
            by=said.request.user, meeting=said.meeting, person=said.chosen("person", 80), reason=reason, now=said.at
        )


def give(said: Deed) -> Any:
    """What was withheld from somebody, after all."""
    meeting_after.give(by=said.request.user, meeting=said.meeting, person=said.chosen("person", 80), now=said.at)


def acknowledge(said: Deed) -> Any:
    meeting_after.acknowledge(by=said.request.user, meeting=said.meeting, now=said.at)


DEEDS: Mapping[str, Callable[[Deed], Any]] = {
    "add": add, "correct": correct, "withdraw": withdraw, "settle": settle, "accept": accept, "decline": decline,
    "confirm": confirm, "accept-action": accept_action, "action-done": action_done, "answer-dissent": answer_dissent,
    "score": score, "show-scores": show_scores, "invite": invite, "arrive": arrive, "leave": leave,
    "apologise": apologise, "report": report, "responsible": responsible, "told": told, "support": support,
    "chaired": chaired, "schedule": schedule, "go-on-without": go_on_without, "emergency": emergency,
    "accept-emergency": accept_emergency, "end-emergency": end_emergency, "override": override, "close": close,
    "adjourn": adjourn, "stand-down": stand_down, "withhold": withhold, "give": give, "acknowledge": acknowledge,
}  # fmt: skip
"""Every deed by its name in an address."""
