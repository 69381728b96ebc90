"""Fields of changes that the common ones of the API lack."""

import re
from decimal import Decimal
from typing import Any

from apps.core.api.inputs import StrictInput

AMOUNT = r"^[0-9]{1,16}(\.[0-9]{1,2})?$"
SHARE = r"^(100|[0-9]{1,2}(\.[0-9]{1,4})?)$"


class AmountInput(StrictInput):
    """An amount in the policy's currency, as text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.told_as({"type": "string", "pattern": AMOUNT, "examples": ["500000.00"]})

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(AMOUNT, data):
            self.fail("not_an_amount")
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return str(value)


class ShareInput(StrictInput):
    """A share in per cent, as text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.told_as({"type": "string", "pattern": SHARE, "examples": ["33.34"]})

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(SHARE, data):
            self.fail("not_a_share")
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return format(value, "f")


class NumberInput(StrictInput):
    """A small whole number."""

    def __init__(self, lowest: int, highest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lowest, self.highest = lowest, highest
        self.told_as({"type": "integer", "minimum": lowest, "maximum": highest})

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or not self.lowest <= data <= self.highest:
            self.fail("not_in_range")
        return int(data)
