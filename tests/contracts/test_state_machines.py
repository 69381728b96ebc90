"""Every state machine against its database: only the edges of the graph pass, by whatever way (P11, P14, P35)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from apps.accounts.models import ApiKey, Authority, Delegation
from apps.audit import services as audit
from apps.audit.events import EventType
from apps.billing import services as billing
from apps.billing.models import Adjustment, Instalment, Payout, Receipt, ReceiptRequest
from apps.billing.states import Channel
from apps.core.context import Context
from apps.core.statemachine import edges, state_fields, stateful_models
from apps.deadlines.models import Deadline
from apps.documents.models import Document
from apps.endorsements.models import Endorsement
from apps.exports.models import Export
from apps.imports.models import MappingVersion, Upload
from apps.notifications.models import Message
from apps.parties import services as parties
from apps.policies.models import Policy
from apps.underwriting.models import Referral
from tests.conftest import TODAY
from tests.factories import a_branch, a_person, a_policy, a_product_version, a_user, the_system

TOMORROW = TODAY + timedelta(days=1)


def a_policy_row(**states: str) -> Policy:
    return Policy.objects.create(
        number="ROW",
        product_version=a_product_version(),
        branch=a_branch(),
        holder=a_person(),
        effective_on=date(2024, 3, 15),
        frequency="annual",
        premium=Decimal("1.00"),
        sum_assured=Decimal("1.00"),
        suspended_on=TODAY,
        terminated_on=TODAY,
        termination_code="03",
        **states,
    )


def an_instalment_row(**states: str) -> Instalment:
    return Instalment.objects.create(
        policy=a_policy(),
        number=99,
        due_on=TODAY,
        grace_ends_on=TOMORROW,
        amount=Decimal("1.00"),
        currency="CNY",
        **states,
    )


def a_receipt_row(**states: str) -> Receipt:
    return Receipt.objects.create(
        number="ROW",
        channel="transfer",
        channel_ref="ROW",
        amount=Decimal("1.00"),
        currency="CNY",
        value_on=TODAY,
        keyed_on=TODAY,
        keyed_person="maker",
        confirmed_person="checker",
        **states,
    )


def a_request_row(**states: str) -> ReceiptRequest:
    return ReceiptRequest.objects.create(
        receipt=a_receipt_row(status="CONFIRMED"),
        kind="reverse",
        reason="row",
        asked_on=TODAY,
        asked_person="maker",
        decided_person="checker",
        **states,
    )


def a_payout_row(**states: str) -> Payout:
    policy = a_policy()
    account = parties.add_bank_account(
        the_system(), party_id=policy.holder_id, bank="Bank of Trial", number="6222020200112233445"
    )
    return Payout.objects.create(
        number="ROW",
        kind="suspense",
        policy=policy,
        payee_id=policy.holder_id,
        account=account,
        amount=Decimal("1.00"),
        currency="CNY",
        requested_on=TODAY,
        requested_person="maker",
        approved_person="checker",
        **states,
    )


def an_adjustment_row(**states: str) -> Adjustment:
    return Adjustment.objects.create(
        number="ROW",
        policy=a_policy(),
        amount=Decimal("1.00"),
        currency="CNY",
        subject_type="row",
        subject_id=1,
        reason="row",
        demanded_on=TODAY,
        paid_on=TODAY,
        **states,
    )


def an_export_row(**states: str) -> Export:
    return Export.objects.create(
        number="ROW",
        page="policies.policy",
        title="Policies",
        language="en",
        format="csv",
        purpose="other",
        note="row",
        branch=a_branch(),
        most=1,
        requested_person="maker",
        **states,
    )


def a_deadline_row(**states: str) -> Deadline:
    return Deadline.objects.create(
        clock="ROW", subject_type="row", subject_id=1, started_on=TODAY, due_on=TOMORROW, warn_on=TOMORROW, **states
    )


def a_message_row(**states: str) -> Message:
    return Message.objects.create(
        code="ROW",
        channel="email",
        party=a_person(),
        policy=a_policy(),
        event_id=1,
        subject_id=1,
        send_on=TODAY,
        **states,
    )


def an_upload_row(**states: str) -> Upload:
    mapping = MappingVersion.objects.create(name="ROW", version=1, header_sha256="", content="", sha256="")
    return Upload.objects.create(
        branch=a_branch(), file_name="ROW", size=1, columns=[], rows=1, mapping=mapping, **states
    )


def an_api_key_row(**states: str) -> ApiKey:
    return ApiKey.objects.create(
        client="ROW",
        owner=a_user(),
        branch=a_branch(),
        scopes=["row"],
        version=TODAY,
        expires_on=TOMORROW,
        prefix="ROW",
        digest="row",
        requested_person="maker",
        approved_person="checker",
        requested_on=TODAY,
        **states,
    )


def a_document_row(**states: str) -> Document:
    return Document.objects.create(
        kind="other", origin="uploaded", media_type="image/png", size=1, filed_on=TODAY, filename="row", **states
    )


def an_authority_row(**states: str) -> Authority:
    return Authority.objects.create(
        role="row",
        action="row",
        branch=a_branch(),
        from_date=TODAY,
        reason="row",
        asked_person="maker",
        approved_person="checker",
        **states,
    )


def a_delegation_row(**states: str) -> Delegation:
    return Delegation.objects.create(
        giver=a_user(),
        taker=a_user(),
        from_date=TODAY,
        to_date=TOMORROW,
        reason="row",
        asked_person="maker",
        decided_person="checker",
        **states,
    )


def an_endorsement_row(**states: str) -> Endorsement:
    return Endorsement.objects.create(
        number="ROW",
        policy=a_policy(),
        channel="counter",
        made_on=TODAY,
        maker_person="maker",
        checker_person="checker",
        **states,
    )


def a_referral_row(**states: str) -> Referral:
    return Referral.objects.create(
        number="ROW",
        policy=a_policy(),
        subject_type="row",
        subject_id=1,
        reasons=[],
        facts={},
        amount=Decimal("1.00"),
        asked_on=TODAY,
        asked_person="maker",
        reason="row",
        decided_on=TODAY,
        decided_person="checker",
        **states,
    )


ROWS: dict[type[Model], Callable[..., Model]] = {
    Adjustment: an_adjustment_row,
    ApiKey: an_api_key_row,
    Authority: an_authority_row,
    Delegation: a_delegation_row,
    Endorsement: an_endorsement_row,
    Referral: a_referral_row,
    Policy: a_policy_row,
    Instalment: an_instalment_row,
    Receipt: a_receipt_row,
    Payout: a_payout_row,
    ReceiptRequest: a_request_row,
    Export: an_export_row,
    Deadline: a_deadline_row,
    Document: a_document_row,
    Message: a_message_row,
    Upload: an_upload_row,
}
MACHINES = [(model, field.name) for model in stateful_models for field in state_fields(model)]


class Undo(Exception):
    """Ends a trial: nothing of it stays."""


@contextmanager
def trial() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


def by_update(row: Model, field: str, end: str) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**{field: end})


def by_bulk_update(row: Model, field: str, end: str) -> None:
    row.__dict__[field] = end
    type(row)._default_manager.bulk_update([row], [field])


def by_raw_sql(row: Model, field: str, end: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {field} = %s WHERE id = %s", [end, row.pk])


def passes(way: Callable[[Model, str, str], None], row: Model, field: str, end: str) -> bool:
    try:
        with transaction.atomic():
            way(row, field, end)
    except DatabaseError:
        return False
    return True


def test_every_machine_has_a_row_to_try():
    assert set(ROWS) == set(stateful_models)


@pytest.mark.promise("P11")
@pytest.mark.django_db
@pytest.mark.parametrize("way", [by_update, by_bulk_update, by_raw_sql])
@pytest.mark.parametrize(("model", "field"), MACHINES)
def test_only_legal_edges_pass(model, field, way):
    states = [value for value, _ in model._meta.get_field(field).choices]
    for start in states:
        with trial():
            row = ROWS[model](**{field: start})
            passed = {end for end in states if end != start and _tried(way, row, field, start, end)}
            assert passed == {end for begin, end in edges(model, field) if begin == start}, start


def _tried(way: Callable[..., None], row: Model, field: str, start: str, end: str) -> bool:
    passed = False
    with trial():
        passed = passes(way, row, field, end)
    row.__dict__[field] = start
    return passed


@pytest.mark.promise("P14")
@pytest.mark.parametrize(("model", "field"), MACHINES)
def test_every_state_can_be_reached(model, field):
    states = {value for value, _ in model._meta.get_field(field).choices}
    graph = edges(model, field)
    assert {state for edge in graph for state in edge} <= states
    reached = {end for _, end in graph} | {model._meta.get_field(field).default}
    assert states <= reached


@pytest.mark.promise("P14")
@pytest.mark.parametrize(
    ("model", "last"),
    [
        (Policy, "VOID"),
        (Adjustment, "RETURNED"),
        (Endorsement, "REVERSED"),
        (Payout, "WITHDRAWN"),
        (Instalment, "CANCELLED"),
        (Receipt, "REVERSED"),
    ],
)
def test_what_has_ended_stays_ended(model, last):
    assert not [end for start, end in edges(model) if start == last]


@pytest.fixture
def committed(ctx) -> dict[type[Model], Model]:
    """One row of each machine whose moves need an event, in its everyday state."""
    policy = a_policy()
    receipt = billing.key_receipt(
        ctx,
        policy_number=policy.number,
        amount=Decimal("10.00"),
        channel=Channel.TRANSFER,
        channel_ref="T1",
        value_on=TODAY,
    )
    return {Policy: policy, Instalment: policy.instalments.get(), Receipt: receipt}


MOVES = [(Policy, "VOID"), (Instalment, "BILLED"), (Receipt, "REJECTED")]


@pytest.mark.promise("P35")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [by_update, by_bulk_update, by_raw_sql])
@pytest.mark.parametrize(("model", "end"), MOVES)
def test_a_legal_move_without_its_event_is_refused_at_commit(committed, model, end, way):
    row = committed[model]
    before = row.status
    with pytest.raises(DatabaseError, match="without an event"), transaction.atomic():
        way(row, "status", end)
    assert model.objects.get(pk=row.pk).status == before


@transaction.atomic
def move_with_event_about(ctx: Context, row: Model, end: str, subject_id: int) -> None:
    by_update(row, "status", end)
    audit.record(ctx, EventType("row.moved", row._meta.label_lower, ""), subject_id)


@pytest.mark.promise("P35")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "end"), MOVES)
def test_an_event_about_another_row_does_not_count(ctx, committed, model, end):
    row = committed[model]
    with pytest.raises(DatabaseError, match="without an event"):
        move_with_event_about(ctx, row, end, row.pk + 1)
    assert model.objects.get(pk=row.pk).status != end


@pytest.mark.promise("P14")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("make", "event"),
    [
        (lambda: a_policy_row(status="SUSPENDED"), "policy.took_effect"),
        (lambda: an_instalment_row(status="PAID"), "instalment.paid"),
        (lambda: a_receipt_row(status="CONFIRMED"), "receipt.confirmed"),
    ],
)
def test_only_the_named_births_skip_the_first_state(ctx, make, event):
    with pytest.raises(DatabaseError, match="without an event"):
        be_born(ctx, make, event)


@transaction.atomic
def be_born(ctx: Context, make: Callable[[], Model], event: str) -> None:
    row = make()
    audit.record(ctx, EventType(event, row._meta.label_lower, ""), row.pk)
