"""Bank files 银行回盘: read whole, checked whole, posted at once or not at all (P22)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.audit import services as audit
from apps.billing import events
from apps.billing.bank_file import COLUMNS, Fault, Line, parse
from apps.billing.models import BankFile, Receipt
from apps.billing.recording import enter, take_in, tell_of_receipts
from apps.billing.states import Channel, ReceiptStatus
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal, Refused
from apps.core.money import ZERO
from apps.core.numbering import number
from apps.policies import selectors as policy_facts
from apps.policies import services as policies
from apps.policies.selectors import PremiumFacts

from .settlement import settle


@transaction.atomic
def read_bank_file(ctx: Context, *, name: str, content: bytes) -> BankFile:
    """读取银行文件: post every payment of a file that is not known yet, and settle what it pays.

    Money for a policy number we do not have is kept as unidentified. A payment that was entered by hand and waits for
    its second person is confirmed by the bank. Refuses a file read before, and a file with any fault: then nothing is
    posted, and each refusal's parameters name row and column. Refuses as well a payment that somebody enters at the
    same moment: read again, the file knows it.
    """
    lines, faults = parse(content, ctx.business_date)
    if faults:
        raise _broken(faults)
    file = _new_file(ctx, name, content, lines)
    facts = _policies(lines)
    receipts = _known(lines)
    if faults := [*_receipts_differ(lines, receipts, facts), *_currencies_differ(lines, facts)]:
        raise _broken(faults)
    fresh = [line for line in lines if line.transaction_no not in receipts]
    posted = [*_post(ctx, file, fresh, facts), *_confirm(ctx, file, lines, receipts)]
    file.posted, file.known = len(posted), len(lines) - len(posted)
    file.unidentified = sum(each.policy_id is None for each in posted)
    file.save(update_fields=["posted", "known", "unidentified"])
    _tell(ctx, file)
    settle(ctx, {each.policy_id for each in posted if each.policy_id})
    return file


def _broken(faults: Iterable[Fault]) -> Refused:
    found = list(faults)
    cells = (Refusal(each.code, {**each.params, "row": each.row, "column": each.column}) for each in found)
    return Refused(Refusal("bank_file_broken", {"faults": len(found)}), *cells)


def _new_file(ctx: Context, name: str, content: bytes, lines: Sequence[Line]) -> BankFile:
    file, created = BankFile.objects.get_or_create(
        sha256=hashlib.sha256(content).hexdigest(),
        defaults={
            "name": name,
            "lines": len(lines),
            "total": sum((line.amount for line in lines), ZERO),
            "received_on": ctx.business_date,
            "received_by": ctx.actor,
        },
    )
    if not created:
        raise Conflict(Refusal("bank_file_known", {"name": file.name, "on": file.received_on}))
    return file


def _policies(lines: Sequence[Line]) -> dict[str, PremiumFacts]:
    """The policies of the file by number; they are locked, and so are those for which its payments were entered."""
    ids = policy_facts.ids_by_number(line.policy_no for line in lines)
    entered = _told_of(lines).filter(status=ReceiptStatus.KEYED).values_list("policy", flat=True)
    policies.lock_all({*ids.values(), *entered})
    facts = policy_facts.premium_facts(ids.values())
    return {policy_no: facts[policy_id] for policy_no, policy_id in ids.items()}


def _known(lines: Sequence[Line]) -> dict[str, Receipt]:
    receipts = _told_of(lines).exclude(status=ReceiptStatus.REJECTED)
    return {each.channel_ref: each for each in receipts.select_for_update(no_key=True).order_by("pk")}


def _told_of(lines: Iterable[Line]) -> QuerySet[Receipt]:
    refs = [line.transaction_no for line in lines]
    return Receipt.objects.filter(channel=Channel.TRANSFER, channel_ref__in=refs)


def _receipts_differ(
    lines: Iterable[Line], receipts: Mapping[str, Receipt], facts: Mapping[str, PremiumFacts]
) -> Iterable[Fault]:
    for line in lines:
        known, policy = receipts.get(line.transaction_no), facts.get(line.policy_no)
        if known and (known.amount, known.currency) != (line.amount, line.currency):
            yield Fault(line.row, COLUMNS["amount"], "bank_line_differs", {"number": known.number})
        if known and known.status == ReceiptStatus.KEYED and policy and policy.id != known.policy_id:
            yield Fault(line.row, COLUMNS["policy_no"], "bank_policy_differs", {"number": known.number})


def _currencies_differ(lines: Iterable[Line], facts: Mapping[str, PremiumFacts]) -> Iterable[Fault]:
    for line in lines:
        policy = facts.get(line.policy_no)
        if policy and policy.currency != line.currency:
            about = {"currency": line.currency, "policy_currency": policy.currency}
            yield Fault(line.row, COLUMNS["currency"], "currency_differs", about)


def _post(ctx: Context, file: BankFile, lines: list[Line], facts: Mapping[str, PremiumFacts]) -> list[Receipt]:
    numbers = _numbers(ctx, len(lines))
    receipts = [
        _receipt(ctx, file, line, facts.get(line.policy_no), receipt_no)
        for line, receipt_no in zip(lines, numbers, strict=True)
    ]
    enter(receipts)
    take_in(ctx, receipts)
    tell_of_receipts(ctx, events.POSTED, receipts)
    return receipts


def _confirm(ctx: Context, file: BankFile, lines: Iterable[Line], known: Mapping[str, Receipt]) -> list[Receipt]:
    """What was entered by hand and the bank tells of too: the bank stands for the second person, and its day counts."""
    told = {line: known[line.transaction_no] for line in lines if line.transaction_no in known}
    waiting = {line: receipt for line, receipt in told.items() if receipt.status == ReceiptStatus.KEYED}
    for line, receipt in waiting.items():
        receipt.confirm(ctx.actor, "")
        receipt.bank_file, receipt.line, receipt.value_on = file, line.row, line.paid_on
    receipts = list(waiting.values())
    Receipt.objects.bulk_update(receipts, ["status", "confirmed_by", "bank_file", "line", "value_on"])
    take_in(ctx, receipts)
    tell_of_receipts(ctx, events.CONFIRMED, receipts)
    return receipts


def _numbers(ctx: Context, count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_receipt_number') FROM generate_series(1, %s)", [count])
        return [number("R", ctx.business_date, row[0]) for row in cursor.fetchall()]


def _receipt(ctx: Context, file: BankFile, line: Line, policy: PremiumFacts | None, receipt_no: str) -> Receipt:
    return Receipt(
        number=receipt_no,
        policy_id=policy.id if policy else None,
        branch_id=policy.branch_id if policy else None,
        status=ReceiptStatus.CONFIRMED,
        channel=Channel.TRANSFER,
        channel_ref=line.transaction_no,
        amount=line.amount,
        currency=line.currency,
        value_on=line.paid_on,
        bank_file=file,
        line=line.row,
        keyed_on=ctx.business_date,
        keyed_by=ctx.actor,
        keyed_person=ctx.person,
    )


def _tell(ctx: Context, file: BankFile) -> None:
    audit.record(
        ctx,
        events.BANK_FILE_READ,
        file.pk,
        name=file.name,
        lines=file.lines,
        total=file.total,
        posted=file.posted,
        known=file.known,
        unidentified=file.unidentified,
    )
