"""The addresses of the screens. A child is in an address by a random id only: never a name or a number."""

from __future__ import annotations

from django.urls import path

from nightlight.web.views import audit, child, duties, explain, session

urlpatterns = [
    path("", session.home, name="home"),
    path("sign-in", session.sign_in, name="sign_in"),
    path("sign-in/as", session.sign_in_as, name="sign_in_as"),
    path("sign-out", session.sign_out, name="sign_out"),
    path("duties", duties.mine, name="duties"),
    path("duties/team", duties.team, name="team"),
    path("duties/<uuid:duty_id>", duties.one, name="duty"),
    path("duties/<uuid:duty_id>/acknowledge", duties.acknowledge, name="duty_acknowledge"),
    path("duties/<uuid:duty_id>/accept", duties.accept, name="duty_accept"),
    path("duties/<uuid:duty_id>/hand-over", duties.hand_over, name="duty_hand_over"),
    path("duties/<uuid:duty_id>/decline", duties.decline, name="duty_decline"),
    path("duties/<uuid:duty_id>/discharge", duties.discharge, name="duty_discharge"),
    path("children/<uuid:child_id>", child.child, name="child"),
    path("children/<uuid:child_id>/looked", audit.looked, name="who_looked"),
    path("children/<uuid:child_id>/indicators/<str:code>", explain.for_child, name="child_indicator"),
    path("indicators", explain.catalogue, name="indicators"),
    path("indicators/<str:code>", explain.definition, name="indicator"),
]
