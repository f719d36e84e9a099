"""The addresses of the screens. A child is in an address by a random id only: never a name or a number."""

from __future__ import annotations

from django.urls import path

from nightlight.web.views import audit, board, child, concern, duties, explain, intake, lapses, people, session

urlpatterns = [
    path("", session.home, name="home"),
    path("sign-in", session.sign_in, name="sign_in"),
    path("sign-in/as", session.sign_in_as, name="sign_in_as"),
    path("sign-out", session.sign_out, name="sign_out"),
    path("duties", duties.mine, name="duties"),
    path("duties/team", board.board, name="team"),
    path("duties/team/list", board.team, name="team_list"),
    path("duties/<uuid:duty_id>", duties.one, name="duty"),
    path("duties/<uuid:duty_id>/acknowledge", duties.acknowledge, name="duty_acknowledge"),
    path("duties/<uuid:duty_id>/accept", duties.accept, name="duty_accept"),
    path("duties/<uuid:duty_id>/hand-over", duties.hand_over, name="duty_hand_over"),
    path("duties/<uuid:duty_id>/decline", duties.decline, name="duty_decline"),
    path("duties/<uuid:duty_id>/discharge", duties.discharge, name="duty_discharge"),
    path("duties/<uuid:duty_id>/challenge", duties.challenge, name="duty_challenge"),
    path("lapses", lapses.overview, name="lapses"),
    path("lapses/list", lapses.listed, name="lapses_list"),
    path("children/<uuid:child_id>", child.child, name="child"),
    path("children/<uuid:child_id>/looked", audit.looked, name="who_looked"),
    path("children/<uuid:child_id>/indicators/<str:code>", explain.for_child, name="child_indicator"),
    path("indicators", explain.catalogue, name="indicators"),
    path("indicators/<str:code>", explain.definition, name="indicator"),
    path("concerns", concern.mine, name="concerns"),
    path("concerns/new", concern.new, name="concern_new"),
    path("concerns/drafts/<uuid:draft_id>", concern.draft, name="concern_draft"),
    path("concerns/drafts/<uuid:draft_id>/delete", concern.delete, name="concern_draft_delete"),
    path("concerns/<uuid:concern_id>", concern.one, name="concern"),
    path("concerns/<uuid:concern_id>/more", concern.more, name="concern_more"),
    path("concerns/<uuid:concern_id>/correct", concern.correct, name="concern_correct"),
    path("attachments/<uuid:attachment_id>", concern.attachment, name="attachment"),
    path("people", people.find, name="people"),
    path("matches", people.queue, name="matches"),
    path("matches/<uuid:source_person>", people.match, name="match"),
    path("children/<uuid:child_id>/records", people.records, name="child_records"),
    path("deliveries", intake.deliveries, name="refused"),
    path("deliveries/<uuid:delivery_id>", intake.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/records", intake.records, name="delivery_records"),
    path("deliveries/<uuid:delivery_id>/entries", intake.entries, name="delivery_entries"),
    path("refusals", intake.refused, name="refusals"),
    path("refusals/<int:refusal_id>", intake.refusal, name="refusal"),
]
