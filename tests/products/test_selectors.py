from dataclasses import replace
from datetime import date

import pytest

from apps.core.errors import NotFound, Refused
from apps.products import rules, selectors, services
from apps.products.models import ProductVersion

from .samples import facts, shipped_terms, small_terms, write_product

pytestmark = pytest.mark.django_db


def test_terms_come_back_from_the_database_as_they_were_read(ctx):
    services.load_products(ctx)
    for code, terms in shipped_terms().items():
        version = ProductVersion.objects.get(product__code=code)
        assert selectors.terms_of(version.pk) == replace(terms, version=1)


def test_the_terms_of_a_version_are_read_once(ctx, tmp_path, django_assert_num_queries):
    services.load_products(ctx, directory=write_product(tmp_path))
    version = ProductVersion.objects.get()
    with django_assert_num_queries(3):
        terms = selectors.terms_of(version.pk)
    with django_assert_num_queries(0):
        assert selectors.terms_of(version.pk) is terms


def test_a_stored_version_prices_as_its_files_do(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    stored = rules.premium(selectors.terms_of(ProductVersion.objects.get().pk), facts())
    assert stored.amount == rules.premium(small_terms(), facts()).amount
    assert stored.trace.table_version == "SMALL01 v1"


def test_no_version_is_in_force_before_the_first(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    with pytest.raises(Refused) as refused:
        selectors.version_in_force("SMALL01", date(2019, 12, 31))
    assert refused.value.code == "product_not_in_force"


def test_an_unknown_product_is_not_found():
    with pytest.raises(NotFound) as missing:
        selectors.version_in_force("NOTHING", date(2026, 1, 1))
    assert missing.value.code == "product_not_found"


def test_a_version_is_found_by_its_number(ctx, tmp_path):
    services.load_products(ctx, directory=write_product(tmp_path))
    assert selectors.version("SMALL01", 1) == ProductVersion.objects.get()
    with pytest.raises(NotFound) as missing:
        selectors.version("SMALL01", 2)
    assert missing.value.code == "product_version_not_found"


def test_the_riders_of_a_main_product_are_those_that_attach_to_it(ctx):
    services.load_products(ctx)
    attached = {code for code, terms in shipped_terms().items() if "WHOLE01" in terms.attachable_to}
    assert attached
    assert {product.code for product in selectors.riders_of("WHOLE01")} == attached
    assert not selectors.riders_of("HOSP01")
