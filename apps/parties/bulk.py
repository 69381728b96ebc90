"""Registering customers in bulk 批量建档, for a book that comes in: staged sealed, checked as a set, inserted as a set.

The caller gives each person a ``ref``, any number of its own; ``register`` leaves the party behind each ref in the
temporary table ``party_of_ref``. Everything happens in one transaction of the caller.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from apps.audit import services as audit
from apps.core.bulk import Statement
from apps.core.context import Context
from apps.core.staging import Staging, derive, fetch, run

from . import events, rules, sealing
from .models import Agent
from .values import NewParty

PARTIES = Staging(
    "incoming_party",
    {
        "ref": "bigint PRIMARY KEY",
        "kind": "text",
        "name": "text",
        "initials": "text",
        "born_on": "date",
        "sex": "text",
        "occupation_class": "smallint",
        "branch_id": "bigint",
        "agent_id": "bigint",
        "consents": "text[]",
    },
)
IDENTITIES = Staging(
    "incoming_identity",
    {
        "party_id": "bigint",
        "public_id": "uuid",
        "type": "text",
        "number": "text",
        "number_index": "text",
        "tail_index": "text",
        "valid_to": "date",
    },
)
CONTACTS = Staging(
    "incoming_contact",
    {
        "party_id": "bigint",
        "public_id": "uuid",
        "kind": "text",
        "value": "text",
        "value_index": "text",
        "tail_index": "text",
    },
)
ACCOUNTS = Staging(
    "incoming_account",
    {
        "party_id": "bigint",
        "public_id": "uuid",
        "bank": "text",
        "account_name": "text",
        "number": "text",
        "number_index": "text",
    },
)
RELATIONSHIPS = Staging("incoming_relationship", {"ref": "bigint", "other": "bigint", "code": "text"})


def agent_ids() -> dict[str, int]:
    """All agents by code."""
    return dict(Agent.objects.values_list("code", "pk"))


def begin() -> None:
    """Make the staging tables."""
    for staging in (PARTIES, IDENTITIES, CONTACTS, ACCOUNTS, RELATIONSHIPS):
        staging.create()


def stage(newcomers: Mapping[int, NewParty]) -> None:
    """Seal and stage persons by ref, every value in its one spelling. The ref stands for the party to come."""
    PARTIES.copy(
        (
            *(ref, new.kind, new.name, _initials(new.name), new.born_on, new.sex, new.occupation_class),
            *(new.branch_id, new.agent_id, list(new.consents)),
        )
        for ref, new in newcomers.items()
    )
    items = newcomers.items()
    IDENTITIES.copy(sealing.identity_row(ref, one) for ref, new in items for one in new.identities)
    CONTACTS.copy(sealing.contact_row(ref, one) for ref, new in items for one in new.contacts)
    ACCOUNTS.copy(sealing.bank_account_row(ref, new.name, one) for ref, new in items for one in new.bank_accounts)


def stage_relationships(rows: Iterable[tuple[int, int, str]]) -> None:
    """Stage ``(ref, other ref, code)``: the first is the ``code`` of the second."""
    RELATIONSHIPS.copy(rows)


@lru_cache(maxsize=50_000)
def _initials(name: str) -> str:
    return rules.initials(name)


def strangers() -> list[int]:
    """The refs whose document is somebody else's: known here, or staged before, under another name or birth date."""
    _find_first()
    return [
        row[0]
        for row in fetch(
            """SELECT i.ref FROM incoming_party i
               JOIN ref_of_person p USING (ref)
               LEFT JOIN incoming_party f ON f.ref = p.first
               LEFT JOIN parties_party k ON k.id = p.party_id
               WHERE (i.ref <> p.first OR p.party_id IS NOT NULL)
                 AND (i.name, i.born_on) IS DISTINCT FROM
                     (coalesce(k.name, f.name), CASE WHEN k.id IS NULL THEN f.born_on ELSE k.born_on END)
               ORDER BY i.ref"""
        )
    ]


def _find_first() -> None:
    """``ref_of_person``: each ref, the first ref with the same document, and the party that has it already."""
    derive(
        "ref_of_person",
        "ref",
        """WITH document AS (
               SELECT type, number_index, min(party_id) AS first FROM incoming_identity GROUP BY type, number_index
           ), person AS (
               SELECT s.party_id AS ref, min(d.first) AS first, min(k.party_id) AS party_id
               FROM incoming_identity s
               JOIN document d USING (type, number_index)
               LEFT JOIN parties_identity k USING (number_index, type)
               GROUP BY s.party_id
           )
           SELECT i.ref, coalesce(p.first, i.ref) AS first, p.party_id
           FROM incoming_party i LEFT JOIN person p USING (ref)""",
    )


def register(ctx: Context) -> int:
    """Register, once, everybody staged who is not known by document; say how many that are. After ``strangers``."""
    derive(
        "new_party",
        "ref",
        """SELECT ref, nextval(pg_get_serial_sequence('parties_party', 'id')) AS party_id
           FROM (SELECT ref FROM ref_of_person WHERE ref = first AND party_id IS NULL ORDER BY ref) AS newcomer""",
    )
    derive(
        "party_of_ref",
        "ref",
        """SELECT p.ref, coalesce(p.party_id, n.party_id) AS party_id
           FROM ref_of_person p LEFT JOIN new_party n ON n.ref = p.first""",
    )
    registered = _insert_parties()
    _insert_children()
    audit.record_rows(ctx, events.REGISTERED, Statement(REGISTERED, []))
    return registered


REGISTERED = """
    SELECT n.party_id AS subject_id, NULL::bigint AS policy_id, '' AS reason,
           jsonb_build_object('kind', i.kind) AS payload
    FROM new_party n JOIN incoming_party i USING (ref) ORDER BY n.ref
"""


def _insert_parties() -> int:
    return run(
        """INSERT INTO parties_party (id, kind, name, initials, born_on, sex, occupation_class, branch_id, agent_id)
           SELECT n.party_id, i.kind, i.name, i.initials, i.born_on, i.sex, i.occupation_class, i.branch_id, i.agent_id
           FROM new_party n JOIN incoming_party i USING (ref) ORDER BY n.party_id"""
    )


def _insert_children() -> None:
    """What belongs to the newcomers; to a customer who is known already an import adds nothing but relationships."""
    run(
        """INSERT INTO parties_identity (party_id, public_id, type, number, number_index, tail_index, valid_to)
           SELECT n.party_id, s.public_id, s.type, s.number, s.number_index, s.tail_index, s.valid_to
           FROM new_party n JOIN incoming_identity s ON s.party_id = n.ref"""
    )
    run(
        """INSERT INTO parties_contact (party_id, public_id, kind, value, value_index, tail_index, health)
           SELECT n.party_id, s.public_id, s.kind, s.value, s.value_index, s.tail_index, 'good'
           FROM new_party n JOIN incoming_contact s ON s.party_id = n.ref"""
    )
    run(
        """INSERT INTO parties_bankaccount (party_id, public_id, bank, account_name, number, number_index)
           SELECT n.party_id, s.public_id, s.bank, s.account_name, s.number, s.number_index
           FROM new_party n JOIN incoming_account s ON s.party_id = n.ref"""
    )
    run(
        """INSERT INTO parties_consent (party_id, purpose, given)
           SELECT n.party_id, purpose, TRUE
           FROM new_party n JOIN incoming_party i USING (ref) CROSS JOIN unnest(i.consents) AS purpose"""
    )
    run(
        """INSERT INTO parties_relationship (party_id, other_id, code)
           SELECT DISTINCT a.party_id, b.party_id, s.code
           FROM incoming_relationship s
           JOIN party_of_ref a ON a.ref = s.ref
           JOIN party_of_ref b ON b.ref = s.other
           WHERE a.party_id <> b.party_id
           ON CONFLICT DO NOTHING"""
    )
