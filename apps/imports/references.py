"""References 参照: what a row may name (products, branches, agents), read once before the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from apps.accounts import selectors as accounts
from apps.parties import bulk as parties
from apps.products import selectors as products

from .rows import Grace, ProductVersion


@dataclass(frozen=True, slots=True)
class References:
    """Ids by code; the versions of a product in the order in which they took effect."""

    products: Mapping[str, tuple[ProductVersion, ...]]
    branches: Mapping[str, int]
    agents: Mapping[str, int]

    def version(self, code: str, on: date) -> ProductVersion | None:
        """The version new business of that day was written on; for a day before all of them, the first."""
        versions = self.products.get(code, ())
        return next((version for version in reversed(versions) if version.effective_on <= on), None)


def read_references(within: str = "") -> References:
    """What rows may name; of branches those whose path begins with ``within``."""
    versions: dict[str, tuple[ProductVersion, ...]] = {}
    for version_id in products.version_ids():
        terms = products.terms_of(version_id)
        version = ProductVersion(
            version_id,
            terms.code,
            terms.version,
            terms.coverages[0].code,
            terms.effective_on,
            Grace(terms.grace_days, terms.grace_rolls),
            frozenset(terms.modal_factors),
            terms,
        )
        versions[terms.code] = (*versions.get(terms.code, ()), version)
    return References(versions, accounts.branch_ids(within), parties.agent_ids())
