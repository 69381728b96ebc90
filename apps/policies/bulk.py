"""Taking over policies in bulk 批量接管, for a book that comes in: staged, then inserted as a set, each with version 1.

Roles name their persons by the ``ref`` under which ``parties.bulk`` registered them. What ``services.issue`` does for
one contract is done here for all: policy, first version of its Terms, roles, coverages, agenda, event.
"""

from collections.abc import Iterable

from apps.audit import services as audit
from apps.audit.services import Fact
from apps.core.context import Context
from apps.core.staging import Staging, chunks, derive, fetch, run, stream
from apps.operations import services as operations
from apps.operations.agenda import EFFECT, EXPIRE

from . import events

AT_ONCE = 5000

POLICIES = Staging(
    "incoming_policy",
    {
        "line": "bigint PRIMARY KEY",
        "number": "text",
        "product": "text",
        "version": "integer",
        "coverage": "text",
        "product_version_id": "bigint",
        "branch_id": "bigint",
        "agent_id": "bigint",
        "status": "text",
        "premium_status": "text",
        "effective_on": "date",
        "ends_on": "date",
        "currency": "text",
        "frequency": "text",
        "premium": "numeric(18,2)",
        "main_premium": "numeric(18,2)",
        "sum_assured": "numeric(18,2)",
        "policy_term": "text",
        "payment_term": "text",
        "premium_ends_on": "date",
        "paid_to": "date",
        "cutover_on": "date",
        "suspended_on": "date",
        "terminated_on": "date",
        "termination_code": "text",
        "holder": "bigint",
        "insured": "bigint",
    },
)
RIDERS = Staging(
    "incoming_rider",
    {
        "line": "bigint",
        "position": "smallint",
        "coverage": "text",
        "product": "text",
        "version": "integer",
        "policy_term": "text",
        "payment_term": "text",
        "sum_assured": "numeric(18,2)",
        "premium": "numeric(18,2)",
        "ends_on": "date",
        "premium_ends_on": "date",
    },
)
"""附加险, in their order; they begin with the main cover. A policy's ``premium`` is the sum of all its covers'."""
BENEFICIARIES = Staging(
    "incoming_beneficiary",
    {
        "line": "bigint",
        "ref": "bigint",
        "share": "numeric(7,6)",
        "benefit_order": "smallint",
        "relationship": "text",
    },
)
COLUMNS = """number, product_version_id, branch_id, agent_id, status, premium_status, effective_on, ends_on, currency,
    frequency, premium, sum_assured, premium_ends_on, paid_to, cutover_on, suspended_on, terminated_on,
    termination_code"""
TOLD = ("number", "status", "premium_status", "paid_to", "cutover_on")


def begin() -> None:
    """Make the staging tables."""
    POLICIES.create()
    RIDERS.create()
    BENEFICIARIES.create()


def known_numbers(numbers: Iterable[str]) -> set[str]:
    """Those of these policy numbers that are in use."""
    return {row[0] for row in fetch("SELECT number FROM policies_policy WHERE number = ANY(%s)", [list(numbers)])}


def take_over(ctx: Context) -> int:
    """Insert everything staged and return how many policies that are. After ``parties.bulk.register``.

    Leaves ``policy_of_line`` (line, policy_id) for the rest of the transaction.
    """
    derive(
        "policy_of_line",
        "line",
        """SELECT line, nextval(pg_get_serial_sequence('policies_policy', 'id')) AS policy_id
           FROM (SELECT line FROM incoming_policy ORDER BY line) AS policy""",
    )
    run("ANALYZE incoming_policy, incoming_rider, incoming_beneficiary")
    taken = run(
        f"""INSERT INTO policies_policy (id, holder_id, revision, {COLUMNS})
            SELECT p.policy_id, h.party_id, 1, {COLUMNS}
            FROM policy_of_line p JOIN incoming_policy USING (line) JOIN party_of_ref h ON h.ref = holder
            ORDER BY p.policy_id"""
    )
    _insert_versions()
    _insert_projections()
    _plan_dates()
    _record(ctx)
    return taken


def _insert_versions() -> None:
    """Version 1 of each, with the Terms as ``terms_json`` writes them."""
    run(
        """INSERT INTO policies_policyversion (policy_id, number, effective_on, terms)
           SELECT p.policy_id, 1, s.effective_on, jsonb_build_object(
               'holder', h.party_id,
               'lives', jsonb_build_array(jsonb_build_object(
                   'party', life.id, 'born_on', life.born_on, 'sex', life.sex,
                   'occupation_class', life.occupation_class)),
               'coverages', jsonb_build_array(jsonb_build_object(
                   'code', s.coverage, 'product', s.product, 'version', s.version,
                   'policy_term', s.policy_term, 'payment_term', s.payment_term,
                   'sum_assured', s.sum_assured::text, 'premium', s.main_premium::text,
                   'effective_on', s.effective_on, 'ends_on', s.ends_on, 'premium_ends_on', s.premium_ends_on))
                   || coalesce(a.riders, '[]'),
               'frequency', s.frequency, 'currency', s.currency, 'effective_on', s.effective_on,
               'beneficiaries', coalesce(b.beneficiaries, '[]'))
           FROM policy_of_line p
           JOIN incoming_policy s USING (line)
           JOIN party_of_ref h ON h.ref = s.holder
           JOIN party_of_ref i ON i.ref = s.insured
           JOIN parties_party life ON life.id = i.party_id
           LEFT JOIN (
               SELECT each.line, jsonb_agg(jsonb_build_object(
                   'code', each.coverage, 'product', each.product, 'version', each.version,
                   'policy_term', each.policy_term, 'payment_term', each.payment_term,
                   'sum_assured', each.sum_assured::text, 'premium', each.premium::text,
                   'effective_on', main.effective_on, 'ends_on', each.ends_on,
                   'premium_ends_on', each.premium_ends_on) ORDER BY each.position) AS riders
               FROM incoming_rider each JOIN incoming_policy main USING (line) GROUP BY each.line
           ) a USING (line)
           LEFT JOIN (
               SELECT each.line, jsonb_agg(jsonb_build_object(
                   'party', r.party_id, 'share', each.share::text, 'benefit_order', each.benefit_order,
                   'relationship', each.relationship) ORDER BY each.ref) AS beneficiaries
               FROM incoming_beneficiary each JOIN party_of_ref r USING (ref) GROUP BY each.line
           ) b USING (line)
           ORDER BY p.policy_id"""
    )


def _insert_projections() -> None:
    run(
        """INSERT INTO policies_policyrole (policy_id, party_id, role, from_date, benefit_order, share, relationship)
           SELECT p.policy_id, r.party_id, role.name, s.effective_on, role.benefit_order, role.share, role.relationship
           FROM (
               SELECT line, 'holder', holder, NULL::smallint, NULL::numeric, '' FROM incoming_policy
               UNION ALL SELECT line, 'insured', insured, NULL, NULL, '' FROM incoming_policy
               UNION ALL SELECT line, 'beneficiary', ref, benefit_order, share, relationship FROM incoming_beneficiary
           ) AS role(line, name, ref, benefit_order, share, relationship)
           JOIN policy_of_line p USING (line)
           JOIN incoming_policy s USING (line)
           JOIN party_of_ref r USING (ref)
           ORDER BY p.policy_id"""
    )
    run(
        """INSERT INTO policies_policycoverage (policy_id, code, product, sum_assured, premium, from_date, to_date)
           SELECT p.policy_id, c.code, c.product, c.sum_assured, c.premium, s.effective_on, c.ends_on
           FROM (
               SELECT line, 0, coverage, product, sum_assured, main_premium, ends_on FROM incoming_policy
               UNION ALL SELECT line, position, coverage, product, sum_assured, premium, ends_on FROM incoming_rider
           ) AS c(line, position, code, product, sum_assured, premium, ends_on)
           JOIN policy_of_line p USING (line)
           JOIN incoming_policy s USING (line)
           ORDER BY p.policy_id, c.position"""
    )


def _plan_dates() -> None:
    """The days on which cover begins and ends, for those that have them ahead."""
    ahead = "SELECT {day}, policy_id, policy_id FROM policy_of_line JOIN incoming_policy USING (line) WHERE {which}"
    effect = stream(ahead.format(day="effective_on", which="status = 'PENDING_EFFECT'"))
    expire = stream(ahead.format(day="ends_on", which="status <> 'TERMINATED' AND ends_on IS NOT NULL"))
    for kind, rows in ((EFFECT, effect), (EXPIRE, expire)):
        for chunk in chunks(rows, AT_ONCE):
            operations.schedule(kind, chunk)


def _record(ctx: Context) -> None:
    facts = stream(
        f"""SELECT policy_id, {", ".join(TOLD)}
            FROM policy_of_line JOIN incoming_policy USING (line) ORDER BY policy_id"""
    )
    for chunk in chunks(facts, AT_ONCE):
        told = (Fact(policy_id, policy_id, dict(zip(TOLD, values, strict=True))) for policy_id, *values in chunk)
        audit.record_many(ctx, events.IMPORTED, told)
