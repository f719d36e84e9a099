"""A lead finds a child for a reason; a steward decides a match and looks into what was refused. At both widths."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from support import axe
from support.browsing import sign_in
from support.deliveries import entry, person, record, take_in
from support.pages import LEAD, partnership, school_log

from nightlight.feeds.records import Rejection
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.store.people.models import Person, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def given_a_child_a_doubtful_match_and_refused_records(settings: Any) -> Person:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    partnership()
    found = school_log(2)
    same = person("p1", given="Robi", family="Fictional", born=Partial.day(date(2018, 5, 10)), sex="M")
    take_in(record("i1", entry("police.missing", 2, "p1"), people=[same]), agency="police", organisation="force-1")
    take_in(
        *(
            Rejection(
                position=f"line {n}", field="date", code="bad_date", expected="a day that exists, as day, month, year",
                raw=b'{"date": "31/02/2026", "long": "' + b"x" * 400 + b'"}' + b"%d" % n,
            )
            for n in range(120)
        )
    )  # fmt: skip
    return found


@pytest.fixture(params=[1280, 320], ids=["desk", "telephone"])
def sized(request: pytest.FixtureRequest, page: Any) -> Any:
    page.set_viewport_size({"width": request.param, "height": 900})
    return page


def test_child_is_found_for_a_reason_and_opened(sized: Any, live_server: Any) -> None:
    sign_in(sized, live_server, LEAD)
    sized.goto(f"{live_server.url}/people")
    axe.check(sized)
    sized.click("button:has-text('Find')")
    sized.wait_for_selector("text=There is a problem")
    axe.check(sized)
    sized.fill("#name", "Robbin Fictonal")
    sized.fill("#born", "10/5/2018")
    sized.fill("#reason", "He told a teacher that he is afraid to go home")
    sized.keyboard.press("Tab")
    sized.keyboard.press("Enter")
    sized.wait_for_selector("text=1 child found")
    axe.check(sized)
    assert "Robbin" not in sized.url
    sized.click("main a:has-text('Robin Fictional')")
    assert "/children/" in sized.url


def test_steward_decides_and_undoes_a_match(sized: Any, live_server: Any) -> None:
    sign_in(sized, live_server, "data-steward")
    sized.goto(f"{live_server.url}/matches")
    axe.check(sized)
    sized.click("main a:has-text('Robi Fictional')")
    axe.check(sized)
    sized.click("button:has-text('Keep this decision')")
    sized.wait_for_selector("text=There is a problem")
    axe.check(sized)
    sized.get_by_label("The same person: Robin Fictional").check()
    sized.fill("#reason", "Same name, birth date and school")
    sized.click("button:has-text('Keep this decision')")
    sized.wait_for_selector("text=0 matches wait")
    axe.check(sized)
    source = SourcePerson.objects.get(source_id="p1")
    sized.goto(f"{live_server.url}/children/{source.person_id}/records")
    axe.check(sized)
    sized.click("main a:has-text('Take this record off') >> nth=0")
    sized.get_by_label("Not enough to say yet").check()
    sized.fill("#reason", "The school says he was in class that day")
    sized.click("button:has-text('Keep this decision')")
    sized.wait_for_selector("text=goes on waiting")
    axe.check(sized)


def test_refused_records_are_looked_into(sized: Any, live_server: Any) -> None:
    sign_in(sized, live_server, "data-steward")
    delivery = Delivery.objects.get(refused=120).id
    refusal = Refusal.objects.order_by("id").first()
    assert refusal
    paths = (
        "/deliveries", f"/deliveries/{delivery}", f"/deliveries/{delivery}/records", "/refusals?page=2",
        f"/refusals?delivery={delivery}&code=none", f"/refusals/{refusal.id}",
        f"/deliveries/{Delivery.objects.filter(accepted__gt=0).first().id}/entries",
    )  # fmt: skip
    for path in paths:
        sized.goto(live_server.url + path)
        axe.check(sized)
