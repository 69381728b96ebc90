"""One object of every kind the staff's pages show, in a branch and in its neighbour, with a canary customer (P53)."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.db.models import Model

from apps.accounts import authority, delegations
from apps.accounts import services as accounts
from apps.accounts.models import Branch, User
from apps.audit import services as audit
from apps.audit.models import Access, Delivery, Event
from apps.audit.states import AccessKind
from apps.billing import services as billing
from apps.billing.models import Instalment, Receipt
from apps.billing.states import Channel
from apps.core import clock
from apps.core.context import Context
from apps.core.errors import Refusal
from apps.deadlines.models import CalendarYear, Deadline
from apps.documents import services as documents
from apps.endorsements import services as endorsements
from apps.exports import services as exports
from apps.exports.states import ExportPurpose
from apps.imports import services as imports
from apps.notifications.models import Letter, Message, Notice
from apps.operations import services as operations
from apps.operations.models import Banner, Quarantine, Run, StepRun
from apps.operations.states import QuarantineReason, RunStatus
from apps.parties import services as parties
from apps.policies.models import Policy
from apps.renewals.models import Reminder
from apps.underwriting import services as underwriting
from tests import factories as make
from tests.api.client import a_request
from tests.conftest import TODAY
from tests.documents import papers

CANARY_NAME = "欧阳卡纳里"
CANARY_PHONE = "13912345678"
CANARY_ID = "110105198605170029"
CANARY_ACCOUNT = "6222020200112233445"

CANARIES = (CANARY_NAME, CANARY_PHONE, CANARY_ID, CANARY_ACCOUNT)


@dataclass
class World:
    """Objects by model label: those of the clerk's branch, and those of the other one."""

    head: Branch
    branch: Branch
    other: Branch
    near: dict[str, Model] = field(default_factory=dict)
    far: dict[str, Model] = field(default_factory=dict)


def a_world() -> World:
    ctx = make.the_system()
    operations.open_first_day(ctx, TODAY)
    head = make.a_branch("86")
    world = World(head, make.a_branch("8644", parent=head), make.a_branch("8631", parent=head))
    for branch, shelf in ((world.branch, world.near), (world.other, world.far)):
        _fill(ctx, branch, shelf)
    return world


def _fill(ctx: Context, branch: Branch, shelf: dict[str, Model]) -> None:
    near = branch.code == "8644"
    details = {"contacts": [("mobile", CANARY_PHONE)], "identities": [("111", CANARY_ID, None)]} if near else {}
    holder = make.a_person(CANARY_NAME if near else "外人", branch, **details)
    agent = make.an_agent(branch, make.a_user("agent", branch=branch, username=f"agent{branch.code}"))
    policy = make.a_policy(
        ctx, branch=branch, agent=agent, holder=holder, effective_on=TODAY.replace(year=2024), paid_to=TODAY
    )
    billing.start_schedule(ctx, [policy.pk])
    instalment = Instalment.objects.filter(policy=policy).get()
    billing.bill(ctx, [instalment.pk])
    receipt = billing.key_receipt(
        Context(actor="user:maker", person="maker", business_date=TODAY),
        policy_number=policy.number,
        amount=Decimal("10.00"),
        channel=Channel.TRANSFER,
        channel_ref=f"T-{branch.code}",
        value_on=TODAY,
    )
    put(shelf, branch, holder, agent, policy, instalment, receipt, _bank_file(ctx, policy), _correction(policy))
    put(
        shelf,
        *_endorsement(policy),
        _referral(policy),
        _payout(policy),
        _adjustment(ctx, policy),
        _paper(policy),
        *_messages(policy, instalment),
        *_nights(policy),
    )
    put(shelf, policy.product_version.product, *_people(branch), *_trail(branch), _upload(ctx, branch), _export(branch))
    put(shelf, CalendarYear.objects.get_or_create(year=2027, defaults={"announced": True})[0])


def _endorsement(policy: Policy) -> tuple[Model, Model]:
    maker = Context(actor="user:maker", person="maker", business_date=TODAY)
    items = [("PREMIUM_FREQUENCY_CHANGE", {"frequency": "monthly"})]
    case = endorsements.create(maker, policy_id=policy.pk, items=items)
    endorsements.quote(maker, case.pk)
    return case, case.items.get()


def _correction(policy: Policy) -> Model:
    asker = Context(actor="user:asker", person="asker", business_date=TODAY)
    posted = Receipt.objects.filter(policy=policy, status="CONFIRMED").latest("pk")
    return billing.request_reversal(asker, posted.pk, "recalled")


def put(shelf: dict[str, Model], *objects: Model) -> None:
    shelf.update({each._meta.label_lower: each for each in objects})


def _adjustment(ctx: Context, policy: Policy) -> Model:
    about = {"subject_type": "tests.change", "subject_id": 0, "reason": "sum assured raised"}
    return billing.demand_adjustment(ctx, policy_id=policy.pk, amount=Decimal("99.00"), **about)


def _payout(policy: Policy) -> Model:
    maker = Context(actor="user:maker", person="maker", business_date=TODAY)
    account = parties.add_bank_account(maker, party_id=policy.holder_id, bank="Bank of Trial", number=CANARY_ACCOUNT)
    return billing.request_refund(
        maker, policy_id=policy.pk, amount=Decimal("1.00"), account_id=account.pk, reason="too much"
    )


def _paper(policy: Policy) -> Model:
    content = papers.png(pnginfo=papers.note(CANARY_NAME))
    return documents.upload(
        make.the_system(), filename=f"{CANARY_NAME}.png", content=content, kind="birth_proof", policy_id=policy.pk
    )


def _export(branch: Branch) -> Model:
    clerk = User.objects.get(username=f"colleague{branch.code}")
    ctx = Context(actor=clerk.actor, person=clerk.person, business_date=TODAY)
    return exports.request_export(ctx, clerk, page="policies.policy", purpose=ExportPurpose.SERVICE, note="test")


def _bank_file(ctx: Context, policy: Policy) -> Model:
    line = f"B-{policy.number},{policy.number},{TODAY:%Y-%m-%d},5.00,CNY,x"
    content = f"transaction_no,policy_no,paid_on,amount,currency,payer\n{line}\n".encode()
    return billing.read_bank_file(ctx, name=f"{policy.number}.csv", content=content)


def _upload(ctx: Context, branch: Branch) -> Model:
    return imports.upload(ctx, branch_id=branch.pk, name="book.csv", file=BytesIO(b"policy_no,name\nP1,x\n"))


def _messages(policy: Policy, instalment: Instalment) -> tuple[Model, ...]:
    reminder = Reminder.objects.create(
        instalment=instalment,
        policy_id=policy.pk,
        stage=0,
        stage_on=TODAY,
        expires_on=TODAY,
        planned_on=TODAY,
        status="planned",
    )
    event = Event.objects.filter(policy_id=policy.pk).latest("pk")
    about = {"policy": policy, "event_id": event.pk, "subject_id": instalment.pk, "send_on": TODAY}
    to_holder = {"code": "lapse_notice", "template": "lapse_notice.1", "party_id": policy.holder_id, **about}
    message = Message.objects.create(channel="email", **to_holder)
    on_paper = Letter.objects.create(channel="post", **to_holder)
    to_agent = {"code": "policy_suspended", "user_id": policy.agent.user_id, **about}
    notice = Notice.objects.create(channel="inbox", status="accepted", **to_agent)
    deadline = Deadline.objects.create(
        clock="LAPSE_NOTICE",
        subject_type="policies.policy",
        subject_id=policy.pk,
        policy_id=policy.pk,
        started_on=TODAY,
        due_on=TODAY + timedelta(days=10),
        warn_on=TODAY + timedelta(days=7),
    )
    letter = Delivery.objects.create(event=event, subscriber=f"nobody{policy.pk}", status="dead")
    return reminder, message, on_paper, notice, deadline, letter


def _nights(policy: Policy) -> tuple[Model, ...]:
    run, _ = Run.objects.get_or_create(
        day=TODAY - timedelta(days=1), defaults={"status": RunStatus.DONE, "started_by": "job:close_of_business"}
    )
    StepRun.objects.get_or_create(run=run, step="bill", defaults={"position": 1, "due": 3, "done": 2})
    set_aside = Quarantine.objects.create(
        step="bill",
        agenda_id=policy.pk,
        policy_id=policy.pk,
        subject_id=policy.pk,
        reason=QuarantineReason.FAILING,
        error="ValueError",
        first_day=TODAY,
        last_day=TODAY,
    )
    banner, _ = Banner.objects.get_or_create(
        text_en="Maintenance tonight",
        defaults={"text_zh": "今晚维护", "from_at": clock.now(), "to_at": clock.now(), "made_by": "user:operator"},
    )
    return run, set_aside, banner


def _people(branch: Branch) -> tuple[Model, ...]:
    user = make.a_user("policy_clerk", branch=branch, username=f"colleague{branch.code}")
    limit = authority.ask(
        make.as_user(user),
        role="endorsement_clerk",
        action="coverage_change",
        branch_id=branch.pk,
        max_amount=Decimal("10.00"),
        from_date=TODAY,
        reason="trial",
    )
    day = clock.office_now().date()
    other = make.a_user("policy_clerk", branch=branch, username=f"standin{branch.code}")
    stand_in = delegations.ask(make.as_user(user), taker_id=other.pk, from_date=day, to_date=day, reason="leave")
    return user, user.role_grants.get(), a_request(branch, owner=user), limit, stand_in


def _referral(policy: Policy) -> Model:
    return underwriting.refer(
        Context(actor="user:maker", person="maker", business_date=TODAY),
        policy_id=policy.pk,
        subject_type="policies.policy",
        subject_id=policy.pk,
        reasons=[Refusal("product_asks")],
        facts={"age": 40},
        amount=Decimal("100.00"),
    )


def _trail(branch: Branch) -> tuple[Model, ...]:
    ctx = Context(actor=f"user:colleague{branch.code}", person="colleague", business_date=TODAY)
    accounts.set_password(ctx, user_id=User.objects.get(username=f"colleague{branch.code}").pk, password=make.PASSWORD)
    access = audit.note_access(ctx, AccessKind.OPENED, "policy_read.R", object_type="x.y", object_id=1, purpose="test")
    return Event.objects.filter(actor=ctx.actor).latest("pk"), Access.objects.get(pk=access.pk)
