"""Columns that every model of billing shares."""

from typing import Any

from django.db import models


def amount(label: Any) -> models.DecimalField:
    """An amount in the policy's currency."""
    return models.DecimalField(label, max_digits=18, decimal_places=2)
