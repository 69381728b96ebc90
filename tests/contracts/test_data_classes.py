"""Every field has a class, and what identifies a customer lives where it belongs (P55, P57)."""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.conf import settings

from apps.parties import vault

FILE = Path(settings.BASE_DIR) / "policyops" / "data_classes.yaml"
LABELS = yaml.safe_load(FILE.read_text(encoding="utf-8"))
CLASSES = {"C1", "C1_staff", "C1_text", "C1_pseudonymous", "C2", "C2_sealed", "C2_index", "C2_health", "C3_hash"}
HOMES_OF_PERSONAL_DATA = {"parties", "notifications", "documents", "exports", "imports", "underwriting"}
OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.") and not model._meta.proxy]
MODELS = {model._meta.label_lower: model for model in OURS}


def labelled(data_class):
    return {(model, field) for model, classes in LABELS.items() for field in classes.get(data_class, ())}


@pytest.mark.promise("P55")
@pytest.mark.parametrize("label", sorted({*MODELS, *LABELS}))
def test_every_field_has_exactly_one_class(label):
    assert label in MODELS, "the model is gone: take it out of policyops/data_classes.yaml"
    classes = LABELS.get(label, {})
    listed = Counter(field for fields in classes.values() for field in fields)
    assert listed == Counter(field.name for field in MODELS[label]._meta.concrete_fields)
    assert set(classes) <= CLASSES


@pytest.mark.promise("P55")
def test_a_customers_data_lives_in_its_own_apps_only():
    personal = {model for name in CLASSES if name.startswith("C2") for model, _ in labelled(name)}
    assert {model.partition(".")[0] for model in personal} <= HOMES_OF_PERSONAL_DATA


@pytest.mark.promise("P57")
def test_what_is_declared_sealed_is_what_a_change_of_keys_reaches():
    assert labelled("C2_sealed") == {(model._meta.label_lower, field) for model, field in vault.SEALED}


@pytest.mark.promise("P57")
def test_an_index_stands_beside_a_sealed_value_and_holds_a_digest():
    sealed_models = {model for model, _ in labelled("C2_sealed")}
    for model, field in labelled("C2_index"):
        assert model in sealed_models
        assert MODELS[model]._meta.get_field(field).max_length == 64


@pytest.mark.promise("P56")
def test_of_secrets_only_the_hash_of_our_own_passwords_and_keys_is_kept():
    assert labelled("C3_hash") == {("accounts.user", "password"), ("accounts.apikey", "digest")}
