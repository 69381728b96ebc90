"""A book comes in whole or not at all, once, and stands where the rules say."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from apps.audit.models import Event
from apps.billing import rules as billing
from apps.billing.models import Instalment, Posting
from apps.billing.states import Account
from apps.core.dates import Frequency
from apps.core.errors import Conflict, Refused
from apps.imports.checking import RowReader
from apps.imports.faults import Faults, FileRefused
from apps.imports.models import ImportedPolicy, PortfolioImport
from apps.imports.reading import open_file, rows
from apps.imports.references import read_references
from apps.imports.services import import_portfolio
from apps.operations.models import Agenda
from apps.parties.models import Consent, Contact, Identity, Party, Relationship
from apps.parties.vault import open_sealed
from apps.policies.models import Policy, PolicyCoverage, PolicyRole, PolicyVersion
from apps.policies.rules import check_terms
from apps.policies.states import PolicyStatus, PremiumStatus
from apps.policies.terms import Beneficiary, Coverage, Life, Terms
from apps.policies.terms_json import from_json
from apps.products.terms import Period

pytestmark = pytest.mark.django_db
TABLES = (Party, Identity, Contact, Policy, PolicyVersion, Instalment, Agenda, PortfolioImport, ImportedPolicy, Event)


def counts() -> list[int]:
    return [table.objects.count() for table in TABLES]


def refusal(ctx, path, mapping) -> list[tuple[int, str, str]]:
    """The wrong cells of a file that must be refused, having changed nothing."""
    before = counts()
    with pytest.raises(FileRefused) as refused:
        import_portfolio(ctx, path=path, mapping=mapping)
    assert counts() == before
    return [(fault.row, fault.column, fault.code) for fault in refused.value.faults.named]


@pytest.mark.promise("P66")
def test_the_same_file_twice_adds_nothing_and_says_so(company, demo_mapping, book_file):
    path = book_file(company.rows(50))
    first = import_portfolio(company.ctx, path=path, mapping=demo_mapping)
    before = counts()
    second = import_portfolio(company.ctx, path=path, mapping=demo_mapping)
    assert (first.loaded.policies, first.known, first.again) == (50, 0, False)
    assert (second.loaded.policies, second.known, second.again) == (0, 50, True)
    assert counts() == before


@pytest.mark.promise("P66")
def test_a_changed_file_adds_only_the_rows_whose_keys_are_new(company, demo_mapping, book_file):
    made = company.rows(60)
    import_portfolio(company.ctx, path=book_file(made[:40]), mapping=demo_mapping)
    changed = [{**row, "基本保额": "1"} for row in made[:40]] + made[40:]
    done = import_portfolio(company.ctx, path=book_file(changed, "changed.csv"), mapping=demo_mapping)
    assert (done.rows, done.known, done.loaded.policies) == (60, 40, 20)
    assert Policy.objects.filter(sum_assured=1).count() == 0


@pytest.mark.promise("P66")
def test_a_dry_run_says_what_would_happen_and_changes_nothing(company, demo_mapping, book_file):
    path, before = book_file(company.rows(40)), counts()
    would = import_portfolio(company.ctx, path=path, mapping=demo_mapping, dry_run=True)
    assert counts() == before
    assert import_portfolio(company.ctx, path=path, mapping=demo_mapping) == would


def test_a_cutover_after_the_open_day_is_refused(company, demo_mapping, book_file):
    later = company.ctx.business_date.replace(day=23)
    with pytest.raises(Refused) as refused:
        import_portfolio(company.ctx, path=book_file(company.rows(1)), mapping=demo_mapping, cutover=later)
    assert refused.value.code == "import_cutover_in_future"


def test_a_file_without_rows_is_refused(company, demo_mapping, tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text(",".join(demo_mapping.columns) + "\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        import_portfolio(company.ctx, path=path, mapping=demo_mapping)
    assert refused.value.code == "import_no_rows"


@pytest.mark.django_db(transaction=True)
def test_two_imports_do_not_run_at_once(company, demo_mapping, book_file, other_connection):
    path = book_file(company.rows(1))
    with other_connection() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('import_portfolio', 0))")
        with pytest.raises(Conflict) as conflict:
            import_portfolio(company.ctx, path=path, mapping=demo_mapping)
    assert conflict.value.code == "import_running"


def test_a_number_that_stands_twice_is_named_at_its_second_row(company, demo_mapping, book_file):
    made = company.rows(5)
    made[3] = {**made[3], "保单号": made[1]["保单号"]}
    assert refusal(company.ctx, book_file(made), demo_mapping) == [(5, "保单号", "import_number_twice")]


def test_a_number_of_another_book_is_named(company, demo_mapping, book_file):
    made = company.rows(3)
    import_portfolio(company.ctx, path=book_file(made[:1]), mapping=demo_mapping)
    ImportedPolicy.objects.update(book="another")
    assert refusal(company.ctx, book_file(made, "more.csv"), demo_mapping) == [(2, "保单号", "import_number_taken")]


def test_a_document_of_somebody_else_is_named(company, demo_mapping, book_file):
    made = company.rows(6)
    made[4] = {**made[4], "投保人身份证号": made[0]["投保人身份证号"], "投保人姓名": "另一人"}
    found = refusal(company.ctx, book_file(made), demo_mapping)
    assert found == [(6, "投保人身份证号", "import_identity_of_another")]


def test_a_person_known_by_document_is_the_same_customer(company, demo_mapping, book_file):
    [row] = company.rows(1)
    again = {**row, "保单号": "P2"}
    import_portfolio(company.ctx, path=book_file([row]), mapping=demo_mapping)
    known = set(Identity.objects.values_list("party", flat=True))
    import_portfolio(company.ctx, path=book_file([again], "again.csv"), mapping=demo_mapping)
    assert set(Identity.objects.values_list("party", flat=True)) == known
    first, second = Policy.objects.order_by("pk")
    assert first.holder_id == second.holder_id


@pytest.mark.promise("P57")
def test_numbers_and_contacts_are_sealed_and_open_in_their_place(company, demo_mapping, book_file):
    made = company.rows(20)
    import_portfolio(company.ctx, path=book_file(made), mapping=demo_mapping)
    written = {row["投保人身份证号"] for row in made} | {row["被保险人身份证号"] for row in made} - {""}
    opened = {open_sealed(Identity, "number", each.public_id, each.number) for each in Identity.objects.all()}
    assert opened == written - {""}
    mobiles = {f"+86{row['投保人手机']}" for row in made if row["投保人手机"]}
    found = Contact.objects.filter(kind="mobile")
    assert mobiles <= {open_sealed(Contact, "value", each.public_id, each.value) for each in found}
    assert not any(number in each.number for each in Identity.objects.all() for number in written if number)


def test_consents_and_relationships_come_along(company, demo_mapping, book_file):
    made = company.rows(40)
    import_portfolio(company.ctx, path=book_file(made), mapping=demo_mapping)
    agreed = {row["投保人身份证号"] for row in made if row["同意缴费提醒"] == "是"}
    assert 0 < Consent.objects.filter(purpose="reminders", given=True).count() <= len(agreed)
    others = [row for row in made if row["被保险人姓名"]]
    assert Relationship.objects.count() == len(others)
    assert set(Relationship.objects.values_list("code", flat=True)) == {row["被保险人关系"] for row in others}


class TestLoadedAsASet:
    """The set-based load agrees with the pure rules on generated rows: 0 differences."""

    SIZE = 250

    @pytest.fixture
    def placed(self, company, demo_mapping, book_file):
        """What the rules say of every row, by policy number; the same file is imported."""
        path, today = book_file(company.rows(self.SIZE)), company.ctx.business_date
        faults = Faults()
        reader = RowReader(demo_mapping, read_references(), today, faults)
        found = rows(open_file(path), demo_mapping.columns, faults)
        placed = [reader.read(number, cells["保单号"], cells) for number, cells in found]
        assert not faults.total
        import_portfolio(company.ctx, path=path, mapping=demo_mapping)
        return {row.policy_number: (row, standing) for row, standing in placed}

    def test_policies_stand_where_the_rules_say(self, placed):
        differences = []
        for policy in Policy.objects.all():
            row, standing = placed[policy.number]
            stored = (policy.status, policy.premium_status, policy.paid_to, policy.suspended_on, policy.ends_on)
            ruled = (standing.status, standing.premium_status, standing.paid_to, standing.suspended_on, row.ends_on)
            if stored != ruled:
                differences.append((policy.number, stored, ruled))
        assert differences == []
        assert set(Policy.objects.values_list("status", flat=True)) == {*PolicyStatus.values} - {PolicyStatus.VOID}

    def test_every_policy_has_the_instalments_the_rules_say(self, placed, company):
        today, differences = company.ctx.business_date, []
        for policy in Policy.objects.all():
            row, standing = placed[policy.number]
            state = "OVERDUE" if standing.status == PolicyStatus.SUSPENDED else "IN_GRACE"
            ruled = [(due.number, due.due_on, row.product.grace.ends(due.due_on), state) for due in standing.owed]
            if standing.status == PolicyStatus.IN_FORCE and standing.premium_status in ("PAYING", "GRACE"):
                due = billing.next_due(row.schedule, max(today, standing.paid_to))
                if due:
                    ruled.append((due.number, due.due_on, row.product.grace.ends(due.due_on), "PLANNED"))
            found = Instalment.objects.filter(policy=policy).order_by("number")
            stored = list(found.values_list("number", "due_on", "grace_ends_on", "status"))
            if stored != ruled or any(each.amount != policy.premium for each in found):
                differences.append((policy.number, stored, ruled))
        assert differences == []
        assert Instalment.objects.filter(due_on__lt=today, status__in=["PLANNED", "BILLED"]).count() == 0

    def test_terms_are_what_the_row_says(self, placed):
        differences = []
        for version in PolicyVersion.objects.select_related("policy"):
            row, _standing = placed[version.policy.number]
            terms = from_json(version.terms)
            if terms != _terms(row, terms) or list(check_terms(terms)):
                differences.append((version.policy.number, terms))
        assert differences == []
        assert PolicyVersion.objects.count() == self.SIZE

    def test_roles_and_coverages_are_projections_of_the_terms(self, placed):
        for version in PolicyVersion.objects.select_related("policy"):
            terms = from_json(version.terms)
            roles = PolicyRole.objects.filter(policy=version.policy).values_list("role", "party")
            assert Counter(roles) == Counter(
                [("holder", terms.holder), *(("insured", life.party) for life in terms.lives)]
                + [("beneficiary", each.party) for each in terms.beneficiaries]
            )
        columns = ("policy__number", "code", "product", "sum_assured", "premium", "to_date")
        assert sorted(PolicyCoverage.objects.values_list(*columns), key=str) == sorted(
            (
                (number, each.product.coverage, each.product.code, each.sum_assured, each.premium, each.ends_on)
                for number, (row, _standing) in placed.items()
                for each in (row, *row.riders)
            ),
            key=str,
        )
        assert any(row.riders for row, _standing in placed.values())

    def test_the_agenda_holds_what_lies_ahead(self, placed):
        def subjects(kind: str) -> Counter:
            return Counter(Agenda.objects.filter(kind=kind).values_list("subject_id", flat=True))

        by_status = {
            status: Counter(Instalment.objects.filter(status=status).values_list("pk", flat=True))
            for status in ("PLANNED", "IN_GRACE", "OVERDUE")
        }
        assert subjects("bill") == by_status["PLANNED"]
        assert subjects("lapse") == by_status["IN_GRACE"]
        assert subjects("grace") == Counter()
        pending = Policy.objects.filter(status=PolicyStatus.PENDING_EFFECT).values_list("pk", flat=True)
        ending = (
            Policy.objects.exclude(status=PolicyStatus.TERMINATED).exclude(ends_on=None).values_list("pk", flat=True)
        )
        assert subjects("effect") == Counter(pending)
        assert subjects("expire") == Counter(ending)

    @pytest.mark.promise("P21")
    def test_the_books_balance_and_hold_what_is_in_grace(self, placed):
        def total(account: Account) -> Decimal:
            return Posting.objects.filter(account=account).aggregate(total=Sum("amount"))["total"]

        in_grace = Instalment.objects.filter(status="IN_GRACE").aggregate(total=Sum("amount"))["total"]
        assert total(Account.RECEIVABLE) == in_grace == -total(Account.OPENING)
        assert set(Posting.objects.values_list("account", flat=True)) == {Account.RECEIVABLE, Account.OPENING}

    @pytest.mark.promise("P35")
    def test_everything_that_came_in_has_its_event(self, placed):
        def subjects(name: str) -> set[int]:
            return set(Event.objects.filter(name=name).values_list("subject_id", flat=True))

        assert subjects("policy.imported") == set(Policy.objects.values_list("pk", flat=True))
        assert subjects("party.registered") == set(Party.objects.values_list("pk", flat=True))
        owed = Instalment.objects.filter(status__in=["IN_GRACE", "OVERDUE"])
        assert subjects("instalment.imported") == set(owed.values_list("pk", flat=True))
        [batch] = PortfolioImport.objects.all()
        assert subjects("portfolio.imported") == {batch.pk}
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _terms(row, stored: Terms) -> Terms:
    """The terms a row says, with the party ids that were given to its people."""
    insured = row.insured or row.holder
    life = Life(stored.lives[0].party, insured.born_on, insured.sex, insured.occupation_class)
    coverages = tuple(
        Coverage(
            code=each.product.coverage,
            product=each.product.code,
            version=each.product.number,
            policy_term=str(each.policy_term),
            payment_term=str(each.payment_term),
            sum_assured=each.sum_assured,
            premium=each.premium,
            effective_on=row.effective_on,
            ends_on=each.ends_on,
            premium_ends_on=each.premium_ends_on,
        )
        for each in (row, *row.riders)
    )
    beneficiaries = tuple(
        Beneficiary(party.party, each.share, each.order, each.relationship)
        for party, each in zip(stored.beneficiaries, row.beneficiaries, strict=True)
    )
    return Terms(
        holder=stored.holder,
        lives=(life,),
        coverages=coverages,
        frequency=row.frequency,
        currency=row.currency,
        effective_on=row.effective_on,
        beneficiaries=beneficiaries,
    )


def test_periods_give_the_days_the_file_leaves_out(company, demo_mapping, book_file):
    import_portfolio(company.ctx, path=book_file(company.rows(80)), mapping=demo_mapping)
    for version in PolicyVersion.objects.select_related("policy"):
        coverage, policy = from_json(version.terms).main, version.policy
        years = Period.parse(coverage.payment_term).years(0)
        assert (policy.premium_ends_on is None) == (years is None)
        if Frequency(policy.frequency) is Frequency.SINGLE:
            assert policy.premium_status == PremiumStatus.SINGLE
            assert policy.premium_ends_on == policy.effective_on
