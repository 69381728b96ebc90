"""Loading 装载: staged rows become customers, policies and instalments, in the transaction of the caller."""

from dataclasses import dataclass

from apps.billing import bulk as billing
from apps.core.context import Context
from apps.core.staging import run
from apps.parties import bulk as parties
from apps.policies import bulk as policies


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many of each came to be."""

    policies: int = 0
    parties: int = 0
    owed: int = 0


def load(ctx: Context, book: str, batch_id: int) -> Loaded:
    """Everything staged, set by set. What is wrong was refused before; the database's guards stand behind."""
    registered = parties.register(ctx)
    taken = policies.take_over(ctx)
    run(
        """INSERT INTO imports_importedpolicy (book, row_key, policy_id, batch_id)
           SELECT %s, row_key, policy_id, %s FROM incoming_row JOIN policy_of_line USING (line) ORDER BY policy_id""",
        [book, batch_id],
    )
    owed = billing.take_over(ctx)
    return Loaded(taken, registered, owed)
