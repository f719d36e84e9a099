"""Deliveries and refused records: every number opens the list it counts, and looking at a raw record is on record."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from support.deliveries import NOW, entry, person, record, take_in
from support.pages import LEAD, client_of, partnership

from nightlight.feeds.records import Rejection
from nightlight.store.audit.models import AuditEvent
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.web.views import intake

pytestmark = pytest.mark.django_db
STEWARD = "data-steward"
SECRET = b'{"name": "Robin <script>"}'


@pytest.fixture(autouse=True)
def given_a_delivery_with_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "now", lambda: NOW + timedelta(hours=1))
    partnership()
    bad = [
        Rejection(
            position=f"line {n}", field="date", code="bad_date" if n else "no_date", expected="a date",
            raw=SECRET + b"%d" % n,
        )
        for n in range(3)
    ]  # fmt: skip
    take_in(record("r1", entry("education.register", 1, "c1"), people=[person()]), *bad)


def page(path: str, username: str = STEWARD) -> str:
    return client_of(username).get(path).content.decode()


def test_each_count_opens_a_list_of_as_many() -> None:
    shown = page("/deliveries")
    links = re.findall(r'href="([^"]+)">([\d,]+)<span class="govuk-visually-hidden"> (\w+)', shown)
    assert {what: count for _, count, what in links} == {"records": "1", "entries": "1", "refused": "3"}
    for href, count, _ in links:
        listed = page(href.replace("&amp;", "&"))
        caption = re.search(r"<caption[^>]*>([\d,]+) ", listed)
        assert caption
        assert caption[1] == count
        assert listed.count('<tr class="govuk-table__row">') - 1 == int(count)


def test_each_fault_of_a_delivery_opens_the_records_that_have_it() -> None:
    shown = page(reverse("delivery", args=[Delivery.objects.get().id]))
    links = re.findall(r'href="([^"]+field=[^"]+)">(\d+) record', shown)
    assert sorted(int(count) for _, count in links) == [1, 2]
    for href, count in links:
        assert f">{count} refused record" in page(href.replace("&amp;", "&"))


def test_refusals_are_filtered_by_code_feed_and_organisation() -> None:
    assert "2 refused records" in page("/refusals?code=bad_date")
    assert "1 refused record," in page("/refusals?code=no_date&feed=by-hand&organisation=school-1")
    assert "0 refused records" in page("/refusals?organisation=force-1")
    assert "0 deliveries" in page("/deliveries?organisation=force-1")


def test_raw_record_is_shown_harmless_and_the_view_is_on_record() -> None:
    one = Refusal.objects.order_by("id").first()
    assert one
    shown = page(reverse("refusal", args=[one.id]))
    assert "Robin &lt;script&gt;" in shown
    assert "Robin" not in page("/refusals")
    seen = AuditEvent.objects.get(act="refusal.viewed")
    assert (seen.by, seen.about) == (STEWARD, str(one.id))


def test_file_sent_again_counts_only_what_its_list_holds() -> None:
    again = Rejection(position="line 1", field="date", code="bad_date", expected="a date", raw=SECRET + b"1")
    take_in(again)
    newest = Delivery.objects.filter(refused=1).get()
    shown = page(reverse("delivery", args=[newest.id]))
    assert "0 records" in shown
    assert "1 record had been refused for the same fault in an earlier delivery" in shown


@pytest.mark.parametrize("page_asked", ["0", "-1", "x", "99999999", "²", "9999"])
def test_page_number_that_is_none_shows_a_page(page_asked: str) -> None:
    assert client_of(STEWARD).get(f"/refusals?page={page_asked}").status_code == 200


def test_lists_are_paged() -> None:
    take_in(
        *[Rejection(position=f"row {n}", field="id", code="no_id", expected="an id", raw=b"%d" % n) for n in range(60)]
    )
    assert 'rel="next"' in page("/refusals?code=no_id")
    assert 'rel="prev"' in page("/refusals?code=no_id&page=2")


@pytest.mark.parametrize("path", ["/deliveries", "/refusals", "/refusals/1"])
def test_role_without_permission_is_refused(path: str) -> None:
    assert client_of(LEAD).get(path).status_code == 403


def test_what_is_not_there_is_refused() -> None:
    assert client_of(STEWARD).get("/refusals/999999999").status_code == 403
    assert client_of(STEWARD).get("/deliveries/6f6f6f6f-0000-4000-8000-000000000000").status_code == 403
