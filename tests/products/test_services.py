import threading
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit.models import Event
from apps.core.errors import Refused
from apps.products import selectors, services
from apps.products.models import Product, ProductTable, ProductTableRow, ProductVersion

from .samples import PRODUCT, RATES, write_product

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    models = (Product, ProductVersion, ProductTable, ProductTableRow, Event)
    return tuple(model.objects.count() for model in models)


def refused_faults(ctx, directory: Path) -> list[tuple[str, int, str, str]]:
    """The faults of a refused load, after making sure that it changed nothing."""
    before = counts()
    with pytest.raises(Refused) as refused:
        services.load_products(ctx, directory=directory)
    assert counts() == before
    return [
        (refusal.params["file"], refusal.params["row"], refusal.params["column"], refusal.code)
        for refusal in refused.value.refusals
    ]


def test_the_shipped_products_load_once(ctx):
    first = services.load_products(ctx)
    assert len(first.added) == Product.objects.count() == 12
    before = counts()
    assert services.load_products(ctx) == services.Loaded(added=(), unchanged=12)
    assert counts() == before


def test_a_load_leaves_an_event_for_each_version(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    event = Event.objects.get(name="product.version_loaded")
    version = ProductVersion.objects.get()
    assert event.subject_id == version.pk
    assert event.actor == ctx.actor
    assert event.payload == {
        "code": "SMALL01",
        "version": 1,
        "effective_on": "2020-01-01",
        "digest": version.digest,
    }


def test_a_changed_file_makes_a_new_version_beside_the_old(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    later = PRODUCT.replace("2020-01-01", "2026-01-01").replace("name_en: Small", "name_en: Smaller")
    directory = write_product(tmp_path, product=later, rates=RATES.replace("86", "90"))
    assert services.load_products(ctx, directory=directory).added == ("SMALL01 v2",)
    one, two = ProductVersion.objects.order_by("number")
    assert selectors.terms_of(one.pk).name_en == "Small"
    assert selectors.terms_of(two.pk).name_en == "Smaller"
    assert Product.objects.get().name_en == "Smaller"


def test_going_back_to_known_files_adds_nothing(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    services.load_products(ctx, directory=write_product(tmp_path, rates=RATES.replace("86", "90")))
    assert services.load_products(ctx, directory=write_product(tmp_path)).added == ()


def test_one_fault_refuses_the_whole_directory(ctx, tmp_path):
    write_product(tmp_path, "good")
    write_product(tmp_path, "bad", product=PRODUCT.replace("SMALL01", "SMALL02"), rates=RATES.replace("86", "-86"))
    assert refused_faults(ctx, tmp_path) == [("bad/rates.csv", 3, "rate", "product_rate_not_positive")]


def test_the_faults_of_all_folders_are_told_at_once(ctx, tmp_path):
    write_product(tmp_path, "a", rates=RATES.replace("86", "x"))
    write_product(tmp_path, "b", product=PRODUCT.replace("SMALL01", "SMALL02").replace("term_life", "?"))
    assert [file for file, *_ in refused_faults(ctx, tmp_path)] == ["a/rates.csv", "b/product.yaml"]


def test_two_folders_may_not_claim_one_code(ctx, tmp_path):
    write_product(tmp_path, "first")
    write_product(tmp_path, "second", rates=RATES.replace("86", "90"))
    expected = [("second/product.yaml", 1, "code", "product_code_repeated")]
    assert refused_faults(ctx, tmp_path) == expected


def test_a_folder_may_not_claim_the_code_of_an_unchanged_one(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path, "z"))
    write_product(tmp_path, "a", rates=RATES.replace("86", "90"))
    assert refused_faults(ctx, tmp_path) == [("a/product.yaml", 1, "code", "product_code_repeated")]


def test_a_product_keeps_its_line(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    other = write_product(tmp_path, product=PRODUCT.replace("term_life", "accident"))
    assert refused_faults(ctx, other) == [("small/product.yaml", 1, "line", "product_line_changed")]


def test_a_version_may_not_take_effect_before_its_predecessor(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    earlier = write_product(tmp_path, product=PRODUCT.replace("2020-01-01", "2019-12-31"))
    expected = [("small/product.yaml", 1, "effective_on", "product_effective_too_early")]
    assert refused_faults(ctx, earlier) == expected


@pytest.mark.parametrize("model", [ProductVersion, ProductTable, ProductTableRow])
@pytest.mark.parametrize("act", ["update", "delete"])
@pytest.mark.promise("P39")
def test_a_loaded_version_cannot_be_changed_or_deleted(ctx, tmp_path, model, act):
    services.load_products(ctx, directory=write_product(tmp_path))
    table = model._meta.db_table
    statement = f"UPDATE {table} SET id = id" if act == "update" else f"DELETE FROM {table}"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_two_loaders_at_once_load_once(ctx, tmp_path):
    directory = write_product(tmp_path)
    added: list[int] = []

    def load() -> None:
        try:
            added.append(len(services.load_products(ctx, directory=directory).added))
        finally:
            connection.close()

    loaders = [threading.Thread(target=load) for _ in range(4)]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.join()
    assert sorted(added) == [0, 0, 0, 1]
    assert ProductVersion.objects.count() == 1


def test_a_version_is_in_force_from_its_day_on(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    newer = PRODUCT.replace("2020-01-01", "2026-01-01")
    services.load_products(ctx, directory=write_product(tmp_path, product=newer))
    days = (date(2020, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert [selectors.version_in_force("SMALL01", on).number for on in days] == [1, 1, 2]
