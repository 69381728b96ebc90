"""Endorsements 保全 in the API: what may be asked for, cases and their quotes, and the acts upon them."""

from . import acts, cases, catalogue

__all__ = ["acts", "cases", "catalogue"]
