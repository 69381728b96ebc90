"""Money in the API: instalments 应收, receipts 实收 and payouts 付费. Programs enter, people confirm."""

from . import payouts, premiums

__all__ = ["payouts", "premiums"]
