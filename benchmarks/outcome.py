"""Whether two ways through a night came to the same end: what they wrote, without ids, moments and wording."""

from .databases import Database

QUESTIONS = {
    "policies": "SELECT number, status, premium_status, suspended_on FROM policies_policy",
    "instalments": "SELECT policy_id, number, status, due_on, grace_ends_on, billed_on, amount FROM billing_instalment",
    "postings": "SELECT policy_id, kind, account, amount, business_date FROM billing_posting",
    "reminders": "SELECT policy_id, stage, stage_on, expires_on, status, reason FROM renewals_reminder",
    "agenda": "SELECT policy_id, kind, due_on FROM operations_agenda",
    "deadlines": "SELECT policy_id, clock, status, started_on, due_on FROM deadlines_deadline",
    "events": "SELECT policy_id, name, reason FROM audit_event WHERE policy_id IS NOT NULL",
    "deliveries": """SELECT e.policy_id, e.name, d.subscriber, d.status
                     FROM audit_delivery d JOIN audit_event e ON e.id = d.event_id
                     WHERE e.policy_id IS NOT NULL""",
}


def of(database: Database) -> dict[str, str]:
    """A digest of each table's rows as a set."""
    with database.connect() as connection:
        return {name: _digest(connection, question) for name, question in QUESTIONS.items()}


def _digest(connection, question: str) -> str:
    query = f"SELECT count(*), md5(string_agg(r::text, E'\\n' ORDER BY r::text COLLATE \"C\")) FROM ({question}) AS r"
    return "{} {}".format(*connection.execute(query).fetchone())
