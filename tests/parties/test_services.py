"""Registering customers, and what is added later."""

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.core.crypto import DecryptionFailed
from apps.core.errors import Conflict, NotFound, Refused
from apps.parties import presentation, reaching, selectors, services
from apps.parties.models import Consent, Contact, Identity, Party
from apps.parties.states import ConsentPurpose, ContactHealth, ContactKind, RelationshipCode
from apps.parties.values import NewBankAccount, NewContact, NewIdentity, NewParty
from tests.factories import a_branch

pytestmark = pytest.mark.django_db

ID_NUMBER, PHONE, MAIL, ADDRESS = "11010519491231002X", "13812345678", "zhang.wei@example.com", "广东省深圳市南山区1号"
CARD = "6222021234567890128"


@pytest.fixture
def zhang(ctx):
    new = NewParty(
        name="张伟",
        branch_id=a_branch().pk,
        identities=(NewIdentity("111", ID_NUMBER),),
        contacts=(NewContact("mobile", PHONE), NewContact("email", MAIL), NewContact("address", ADDRESS)),
        bank_accounts=(NewBankAccount("工商银行", CARD),),
        consents=(ConsentPurpose.REMINDERS,),
    )
    return services.register(ctx, [new])[0]


def test_a_person_is_registered_whole_with_one_event(zhang):
    party = Party.objects.get()
    assert (party.name, party.initials, str(party.born_on), party.sex) == ("张伟", "zw", "1949-12-31", "2")
    assert presentation.plain_number(party.identities.get()) == ID_NUMBER
    assert presentation.plain_account(party.bank_accounts.get()) == CARD
    assert party.bank_accounts.get().account_name == "张伟"
    told = Event.objects.filter(subject_type="parties.party", subject_id=party.pk)
    assert list(told.values_list("name", flat=True)) == [
        "party.registered",
        "consent.given",
    ]


def test_the_card_shows_nothing_whole(zhang):
    card = selectors.card(zhang.pk)
    assert card.name == "张*"
    assert [line.text for line in card.identities] == ["110***********002X"]
    assert {line.text for line in card.contacts} == {"138****5678", "z***@example.com", "深圳市"}
    assert [line.text for line in card.bank_accounts] == ["**** 0128"]
    assert not [secret for secret in (ID_NUMBER, PHONE, MAIL, ADDRESS, CARD) if secret in repr(card)]


@pytest.mark.promise("P58")
def test_no_event_carries_personal_data(ctx, zhang):
    services.add_contact(ctx, party_id=zhang.pk, kind="mobile", value="13912345678")
    services.add_identity(ctx, party_id=zhang.pk, type="414", number="E12345678")
    services.add_bank_account(ctx, party_id=zhang.pk, bank="建设银行", number="6217000010012345678")
    reaching.withdraw_consent(ctx, party_id=zhang.pk, purpose=ConsentPurpose.REMINDERS)
    trail = str(list(Event.objects.values()))
    secrets = ("张伟", ID_NUMBER, PHONE, MAIL, ADDRESS, CARD, "13912345678", "E12345678", "6217000010012345678")
    assert not [secret for secret in secrets if secret in trail]
    assert Event.objects.count() > 5


def test_many_are_registered_with_as_many_statements_as_one(ctx, django_assert_max_num_queries):
    branch = a_branch().pk
    crowd = [
        NewParty(name=f"客户{n}", branch_id=branch, contacts=(NewContact("mobile", f"139{n:08d}"),)) for n in range(100)
    ]
    with django_assert_max_num_queries(16):
        services.register(ctx, crowd)
    assert Contact.objects.count() == 100


def test_one_wrong_customer_registers_nobody(ctx):
    branch = a_branch().pk
    before = Event.objects.count()
    with pytest.raises(Refused) as refused:
        services.register(ctx, [NewParty(name="张伟", branch_id=branch), NewParty(name="", branch_id=branch)])
    assert refused.value.code == "party_name_malformed"
    assert not Party.objects.exists()
    assert Event.objects.count() == before


def test_a_document_belongs_to_one_customer(ctx, zhang):
    with pytest.raises(Conflict) as refused:
        services.register_person(
            ctx, name="李四", branch_id=zhang.branch_id, identities=[("111", ID_NUMBER.lower(), None)]
        )
    assert refused.value.code == "identity_known"
    assert ID_NUMBER not in str(refused.value)
    assert Party.objects.count() == 1


def test_a_contact_is_kept_once_however_it_is_typed(ctx, zhang):
    with pytest.raises(Conflict) as refused:
        services.add_contact(ctx, party_id=zhang.pk, kind="mobile", value="+86 138-1234-5678")
    assert refused.value.code == "contact_known"


def test_an_organisation_is_registered_with_its_licence(ctx):
    party = services.register_organisation(
        ctx, name="福州某某有限公司", branch_id=a_branch().pk, identities=[("03", "91350100M000100Y43", None)]
    )
    assert selectors.card(party.pk).name == "福州某某有限公司"


def test_nothing_is_added_to_nobody(ctx):
    with pytest.raises(NotFound):
        services.add_contact(ctx, party_id=0, kind="mobile", value=PHONE)


def test_the_newest_word_on_consent_counts(ctx, zhang):
    other = services.register_person(ctx, name="李四", branch_id=zhang.branch_id)
    both, purpose = [zhang.pk, other.pk], ConsentPurpose.REMINDERS
    assert selectors.consents(both, purpose) == {zhang.pk}
    reaching.withdraw_consent(ctx, party_id=zhang.pk, purpose=purpose)
    reaching.give_consent(ctx, party_id=other.pk, purpose=purpose)
    assert selectors.consents(both, purpose) == {other.pk}
    assert selectors.withdrawn(both, purpose) == {zhang.pk}


def test_who_was_never_asked_may_say_no(ctx):
    never_asked = services.register_person(ctx, name="李四", branch_id=a_branch().pk)
    reaching.withdraw_consent(ctx, party_id=never_asked.pk, purpose=ConsentPurpose.REMINDERS)
    assert selectors.withdrawn([never_asked.pk], ConsentPurpose.REMINDERS) == {never_asked.pk}
    assert Event.objects.filter(name="consent.withdrawn", subject_id=never_asked.pk).count() == 1


def test_saying_the_same_again_changes_nothing(ctx, zhang):
    reaching.withdraw_consent(ctx, party_id=zhang.pk, purpose=ConsentPurpose.MARKETING)
    before = Consent.objects.count(), Event.objects.count()
    reaching.give_consent(ctx, party_id=zhang.pk, purpose=ConsentPurpose.REMINDERS)
    reaching.withdraw_consent(ctx, party_id=zhang.pk, purpose=ConsentPurpose.MARKETING)
    assert (Consent.objects.count(), Event.objects.count()) == before


def test_messages_go_to_the_newest_contact_that_is_not_in_doubt(ctx, zhang):
    newer = services.add_contact(ctx, party_id=zhang.pk, kind="mobile", value="13912345678")
    assert selectors.contact_for([zhang.pk], ContactKind.MOBILE) == {zhang.pk: "+8613912345678"}
    Contact.objects.filter(pk=newer.pk).update(health=ContactHealth.DOUBTFUL)
    assert selectors.contact_for([zhang.pk], ContactKind.MOBILE) == {zhang.pk: f"+86{PHONE}"}


def test_a_relationship_joins_two(ctx, zhang):
    child = services.register_person(ctx, name="张小", branch_id=zhang.branch_id)
    services.relate(ctx, party_id=zhang.pk, other_id=child.pk, code=RelationshipCode.PARENT)
    for other, code in ((child.pk, "relationship_known"), (zhang.pk, "related_to_self")):
        with pytest.raises((Refused, Conflict)) as refused:
            services.relate(ctx, party_id=zhang.pk, other_id=other, code=RelationshipCode.PARENT)
        assert refused.value.code == code


def test_an_agents_code_is_his_alone(ctx):
    branch = a_branch().pk
    services.register_agent(ctx, code="A001", name="王芳", branch_id=branch)
    with pytest.raises(Conflict):
        services.register_agent(ctx, code="A001", name="刘洋", branch_id=branch)


@pytest.mark.promise("P57")
def test_a_dump_of_the_database_shows_no_number_phone_account_or_address(ctx, zhang):
    services.add_identity(ctx, party_id=zhang.pk, type="414", number="E12345678")
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        dump = b""
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                dump += b"".join(bytes(block) for block in copy)
    assert "张伟".encode() in dump, "the scan must see the row it scans for"
    canaries = (ID_NUMBER, PHONE, MAIL, ADDRESS, CARD, "E12345678", "南山区", "0128")
    assert not [canary for canary in canaries if canary.encode() in dump]


@pytest.mark.promise("P57")
def test_a_value_copied_to_another_row_does_not_open(ctx, zhang):
    other = services.register_person(
        ctx, name="李四", branch_id=zhang.branch_id, identities=[("414", "E7654321", None)]
    )
    mine, theirs = zhang.identities.get(), other.identities.get()
    Identity.objects.filter(pk=theirs.pk).update(number=mine.number)
    with pytest.raises(DecryptionFailed):
        presentation.plain_number(Identity.objects.get(pk=theirs.pk))
