"""Ids of what is kept: those that `uuid.uuid5` gives."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from nightlight.store.intake.writer import NAMESPACE, named_id


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_id_of_a_name_is_the_standard_s(name: str) -> None:
    assert named_id(name) == str(uuid.uuid5(NAMESPACE, name))
