from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import Event
from apps.operations.services import open_first_day
from apps.products.models import Product

from .samples import RATES, write_product

pytestmark = pytest.mark.django_db


def run(*args: object) -> tuple[str, str, CommandError | None]:
    out, err = StringIO(), StringIO()
    try:
        call_command("load_products", *map(str, args), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), error
    return out.getvalue(), err.getvalue(), None


def test_without_a_directory_the_shipped_products_are_loaded():
    out, _, error = run()
    assert error is None
    assert out.splitlines()[-1] == "12 loaded, 0 unchanged"
    assert run()[0] == "0 loaded, 12 unchanged\n"


def test_the_event_stands_on_the_open_business_day(ctx, tmp_path):
    open_first_day(ctx, date(2020, 5, 6))
    run(write_product(tmp_path))
    assert Event.objects.get(name="product.version_loaded").business_date == date(2020, 5, 6)


def test_each_fault_is_printed_with_its_place_sentence_and_code(tmp_path):
    out, err, error = run(write_product(tmp_path, rates=RATES.replace("C1,1,31,87.5\n", "").replace("86", "８６")))
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("small/rates.csv:3:rate  ")
    assert first.endswith(" [product_full_width]")
    assert second.startswith("small/rates.csv:4:rate  ")
    assert second.endswith(" [product_row_missing]")
    assert "2 faults" in str(error)
    assert not Product.objects.exists()


def test_a_missing_directory_is_one_clear_sentence(tmp_path):
    _, err, error = run(tmp_path / "nowhere")
    assert error is not None
    assert "nowhere" in err
    assert err.strip().endswith("[product_directory_missing]")
