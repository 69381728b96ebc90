"""A book of policies 保单簿 for one night: so many policies, of which known numbers have something due.

Written by a dozen statements past the services, but under the guards of the database. What is due is scattered evenly
over the book and does not depend on its size, unless the night is a natural one.
"""

from django.db import connection, transaction

from apps.core.context import job
from apps.operations import services as operations
from apps.products import selectors as products
from apps.products import services as product_services

from .due import NIGHT, Due

BRANCHES = 20


@transaction.atomic
def make(policies: int, due: Due) -> None:
    """Fill an empty database with the book, its business day open. The caller ANALYZEs: that is the owner's right."""
    if due.actions > policies:
        raise ValueError(f"{policies} policies cannot have {due.actions} things due")
    ctx = job("benchmark", NIGHT)
    product_services.load_products(ctx)
    version = products.version_in_force("TERM01", NIGHT)
    cadence = products.terms_of(version.pk).reminder_days["annual"]
    facts = {
        "night": NIGHT,
        "policies": policies,
        "branches": BRANCHES,
        "version": version.pk,
        "cadence": list(cadence),
    }
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, {**facts, **vars(due)})
    operations.open_first_day(ctx, NIGHT)


PLAN = """
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT n, lot, due_on, effective_on,
       CASE lot WHEN 'lapse' THEN %(night)s::date - 1 ELSE due_on + 60 END AS grace_ends_on,
       extract(year FROM age(due_on, effective_on))::int + 1 AS number,
       200 + n %% 900 AS premium,
       nextval(pg_get_serial_sequence('parties_party', 'id')) AS party,
       nextval(pg_get_serial_sequence('policies_policy', 'id')) AS policy,
       nextval(pg_get_serial_sequence('billing_instalment', 'id')) AS paid,
       nextval(pg_get_serial_sequence('billing_instalment', 'id')) AS open
FROM (
    SELECT n, lot, due_on,
           CASE lot WHEN 'effect' THEN %(night)s::date
                ELSE (due_on - make_interval(years => 1 + n %% 8))::date END AS effective_on
    FROM (
        SELECT n, lot,
               CASE lot WHEN 'effect' THEN (%(night)s::date + interval '1 year')::date
                        WHEN 'bill' THEN %(night)s::date + 35
                        WHEN 'remind' THEN %(night)s::date + 1
                             - (%(cadence)s::int[])[1 + n %% cardinality(%(cadence)s::int[])]
                        WHEN 'grace' THEN %(night)s::date - 1
                        WHEN 'lapse' THEN %(night)s::date - 61
                        ELSE %(night)s::date + 40 + n %% 320 END AS due_on
        FROM (
            SELECT n,
                   CASE WHEN place < %(effect)s THEN 'effect'
                        WHEN place < %(effect)s + %(bill)s THEN 'bill'
                        WHEN place < %(effect)s + %(bill)s + %(remind)s THEN 'remind'
                        WHEN place < %(effect)s + %(bill)s + %(remind)s + %(grace)s THEN 'grace'
                        WHEN place < %(effect)s + %(bill)s + %(remind)s + %(grace)s + %(lapse)s THEN 'lapse'
                        ELSE 'quiet' END AS lot
            FROM (SELECT n, n::bigint * 7919 %% %(policies)s AS place FROM generate_series(1, %(policies)s) AS n) AS s
        ) AS lots
    ) AS dates
) AS anchors
"""

BRANCH = """
INSERT INTO accounts_branch (code, name, path)
SELECT '86' || n, 'Branch ' || n, '86' || n || '/' FROM generate_series(1, %(branches)s) AS n
"""

PARTIES = """
INSERT INTO parties_party (id, kind, name, initials, born_on, sex, branch_id)
SELECT party, 'person', 'Customer ' || n, 'C' || n, date '1960-01-01' + n %% 15000, 'F', b.id
FROM plan JOIN (SELECT id, row_number() OVER (ORDER BY id) AS k FROM accounts_branch) AS b
     ON b.k = 1 + n %% (SELECT count(*) FROM accounts_branch)
"""

POLICIES = """
INSERT INTO policies_policy (id, number, product_version_id, branch_id, holder_id, status, premium_status, effective_on,
                             ends_on, currency, frequency, premium, sum_assured, premium_ends_on, paid_to,
                             termination_code, revision)
SELECT policy, 'P' || lpad(n::text, 9, '0'), %(version)s, p.branch_id, party,
       CASE lot WHEN 'effect' THEN 'PENDING_EFFECT' ELSE 'IN_FORCE' END,
       CASE WHEN lot = 'lapse' OR lot = 'remind' AND due_on < %(night)s THEN 'GRACE' ELSE 'PAYING' END,
       effective_on, (effective_on + interval '20 years')::date, 'CNY', 'annual', premium, 300000,
       (effective_on + interval '20 years')::date, due_on, '', 1
FROM plan JOIN parties_party p ON p.id = party
"""

VERSIONS = """
INSERT INTO policies_policyversion (policy_id, number, effective_on, terms)
SELECT policy, 1, effective_on, jsonb_build_object(
    'holder', party, 'frequency', 'annual', 'currency', 'CNY', 'effective_on', effective_on,
    'beneficiaries', '[]'::jsonb,
    'lives', jsonb_build_array(jsonb_build_object(
        'party', party, 'born_on', date '1960-01-01' + n %% 15000, 'sex', 'F', 'occupation_class', 1)),
    'coverages', jsonb_build_array(jsonb_build_object(
        'code', 'C1', 'product', 'TERM01', 'version', 1, 'policy_term', '20Y', 'payment_term', '20Y',
        'sum_assured', '300000.00', 'premium', premium || '.00', 'effective_on', effective_on,
        'ends_on', (effective_on + interval '20 years')::date,
        'premium_ends_on', (effective_on + interval '20 years')::date)))
FROM plan
"""

ROLES = """
INSERT INTO policies_policyrole (policy_id, party_id, role, from_date, relationship)
SELECT policy, party, role, effective_on, '' FROM plan, unnest(ARRAY['holder', 'insured']) AS role
"""

COVERAGES = """
INSERT INTO policies_policycoverage (policy_id, code, product, sum_assured, premium, from_date, to_date)
SELECT policy, 'C1', 'TERM01', 300000, premium, effective_on, (effective_on + interval '20 years')::date FROM plan
"""

INSTALMENTS = """
INSERT INTO billing_instalment (id, policy_id, number, status, due_on, grace_ends_on, amount, currency,
                                billed_on, paid_on)
SELECT paid, policy, number - 1, 'PAID', (due_on - interval '1 year')::date, (due_on - interval '1 year')::date + 60,
       premium, 'CNY', (due_on - interval '1 year')::date - 35, (due_on - interval '1 year')::date
FROM plan WHERE lot <> 'effect'
UNION ALL
SELECT open, policy, number,
       CASE WHEN lot IN ('effect', 'bill', 'quiet') THEN 'PLANNED'
            WHEN lot = 'lapse' OR lot = 'remind' AND due_on < %(night)s THEN 'IN_GRACE' ELSE 'BILLED' END,
       due_on, grace_ends_on, premium, 'CNY',
       CASE WHEN lot IN ('remind', 'grace', 'lapse') THEN due_on - 35 END, NULL
FROM plan
"""

POSTINGS = """
WITH billed AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, policy_id, id AS instalment_id, amount, billed_on
    FROM billing_instalment WHERE billed_on IS NOT NULL
)
INSERT INTO billing_posting (transaction_id, kind, account, policy_id, instalment_id, amount, currency, business_date)
SELECT b.id, 'bill', leg.account, policy_id, instalment_id, leg.sign * amount, 'CNY', billed_on
FROM billed AS b, (VALUES ('RECEIVABLE', 1), ('PREMIUM', -1)) AS leg(account, sign)
"""

EVENTS = """
INSERT INTO audit_event (name, subject_type, subject_id, policy_id, business_date, actor, person, on_behalf_of,
                         request_id, reason, payload)
SELECT e.name, e.subject_type, e.subject_id, e.policy_id, %(night)s::date - 1, 'job:benchmark', '', '', '', '',
       jsonb_build_object('number', e.number)
FROM (
    SELECT 'policy.issued' AS name, 'policies.policy' AS subject_type, policy AS subject_id, policy AS policy_id,
           'P' || lpad(n::text, 9, '0') AS number FROM plan
    UNION ALL
    SELECT 'instalment.imported', 'billing.instalment', id, policy_id, number::text FROM billing_instalment
) AS e
ORDER BY e.policy_id
"""

AGENDA = """
INSERT INTO operations_agenda (kind, due_on, policy_id, subject_id)
SELECT 'effect', effective_on, policy, policy FROM plan WHERE lot = 'effect'
UNION ALL
SELECT 'expire', (effective_on + interval '20 years')::date, policy, policy FROM plan
UNION ALL
SELECT 'bill', due_on - 35, policy, open FROM plan WHERE lot IN ('effect', 'bill', 'quiet')
UNION ALL
SELECT 'grace', due_on + 1, policy, open FROM plan
WHERE lot = 'grace' OR lot = 'remind' AND due_on >= %(night)s
UNION ALL
SELECT 'lapse', grace_ends_on + 1, policy, open FROM plan WHERE lot IN ('remind', 'grace', 'lapse')
UNION ALL
SELECT 'remind', CASE lot WHEN 'remind' THEN %(night)s::date ELSE due_on + 6 END, policy, open FROM plan
WHERE lot IN ('remind', 'grace')
"""

STATEMENTS = (
    PLAN, BRANCH, PARTIES, POLICIES, VERSIONS, ROLES, COVERAGES, INSTALMENTS, POSTINGS, EVENTS, AGENDA,
)  # fmt: skip
