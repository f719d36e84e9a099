"""A model that does not say what it holds of people, why and how long, fails here (store/declared.py)."""

from __future__ import annotations

from django.apps import apps

from nightlight.domain.keeping import Basis, Of
from nightlight.store.declared import DECLARED
from nightlight.store.keys.fields import Sealed


def test_every_model_declares_its_personal_data_basis_and_keeping() -> None:
    models = {model._meta.label for model in apps.get_models(include_auto_created=False)}
    assert sorted(models - DECLARED.keys()) == []
    assert sorted(DECLARED.keys() - models) == []


def test_a_model_with_a_sealed_column_holds_personal_data() -> None:
    for model in apps.get_models():
        if any(isinstance(field, Sealed) for field in model._meta.concrete_fields):
            assert DECLARED[model._meta.label].basis is not Basis.NONE_NEEDED


def test_a_model_that_names_a_child_says_so() -> None:
    for model in apps.get_models():
        if "child" in {field.name for field in model._meta.concrete_fields}:
            assert Of.CHILD in DECLARED[model._meta.label].of, model._meta.label
