"""Policies 保单 in the API: a list, one in full, its versions, its terms on a day, and its history."""

from . import contract, deadlines, history, policies
from .policies import POLICIES_READ, OfPolicy

__all__ = ["POLICIES_READ", "OfPolicy", "contract", "deadlines", "history", "policies"]
