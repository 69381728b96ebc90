"""The pages: groups of what went wrong, letters to print, the bell, and what customers want as clerks set it."""

import pytest
from django.urls import reverse

from apps.core import clock
from apps.notifications import services
from apps.notifications.channels.base import Receipt
from apps.notifications.models import Message
from apps.notifications.states import MessageStatus
from apps.operations.agenda import GRACE, LAPSE
from apps.parties import reaching, selectors
from apps.parties.models import Consent, Contact
from apps.parties.states import ContactHealth, ContactKind
from tests import factories as make
from tests import premiums
from tests.notifications.conftest import DAY, DUE, TODAY, reachable, send, written

pytestmark = [pytest.mark.django_db(transaction=True)]
S = MessageStatus
KEY = "5b0f0f62-3f5a-4f6c-8f0e-6a2f6b8f0c01"


@pytest.fixture
def clerk(client):
    """Signed in: who minds renewals and customers' files."""
    user = make.a_user("policy_clerk", "renewal_clerk", branch=make.a_branch())
    client.force_login(user, backend="apps.accounts.backends.AccountBackend")
    return user


@pytest.fixture
def suspended(ctx, today, clerk):
    """``suspended(holder)``: the notice of suspension of this customer."""

    def make_one(holder) -> Message:
        premiums.a_premium(ctx, DUE - 90 * DAY, holder=holder)
        premiums.night(ctx, TODAY, GRACE, LAPSE)
        written()
        return Message.objects.get(code="lapse_notice")

    return make_one


def page(label: str, what: str = "changelist", *args) -> str:
    return reverse(f"admin:{label}_{what}", args=args)


def test_what_went_wrong_stands_in_groups_above_the_list(ctx, client, suspended, gateway, mailoutbox):
    message = suspended(reachable())
    send()
    services.note_receipt(ctx, message.public_id, Receipt(S.FAILED, clock.now(), "bounce: 5.1.1", bad_address=True))
    listed = client.get(page("notifications_message"))
    assert "bounce: 5.1.1" in listed.content.decode()
    assert "?status=failed&amp;channel=email&amp;code=lapse_notice" in listed.content.decode()
    shown = client.get(page("notifications_message", "change", message.pk)).content.decode()
    assert shown.count("bounce: 5.1.1") >= 2


def test_the_letters_of_a_day_are_printed_in_one_answer_with_names_and_addresses(client, suspended):
    message = suspended(make.a_person("张伟", contacts=[("address", "上海市浦东新区世纪大道100号")]))
    answer = client.post(page("notifications_letter", "print"), {"key": KEY, "day": TODAY.isoformat()})
    assert answer.status_code == 200
    assert all(said in answer.content.decode() for said in ("上海市浦东新区世纪大道100号", "张伟", "效力中止"))
    assert Message.objects.get(pk=message.pk).status == S.SENDING
    early = client.post(page("notifications_letter", "print"), {"key": KEY, "day": (TODAY - DAY).isoformat()})
    assert early.status_code == 422


def test_the_bell_counts_what_is_unread_and_reading_stills_it(client, clerk, suspended):
    suspended(make.a_person("张伟", clerk.branch))
    written()
    send()
    assert client.get(page("notifications_notice")).content.decode().count('class="count"') == 1
    notice = Message.objects.get(user=clerk)
    client.post(page("notifications_notice", "read", notice.pk), {"key": KEY})
    assert Message.objects.get(pk=notice.pk).status == S.DELIVERED
    assert 'class="count"' not in client.get(page("notifications_notice")).content.decode()


def test_nobody_reads_anothers_inbox(client, clerk, suspended):
    other = make.a_user("renewal_clerk", branch=clerk.branch)
    suspended(make.a_person("张伟", clerk.branch))
    written()
    send()
    theirs = Message.objects.get(user=other)
    assert client.get(page("notifications_notice", "change", theirs.pk)).status_code == 404
    assert client.post(page("notifications_notice", "read", theirs.pk), {"key": KEY}).status_code == 404
    assert Message.objects.get(pk=theirs.pk).status == S.ACCEPTED


def test_a_clerk_records_wishes_and_consents_and_verifies_a_contact(ctx, client, today, clerk):
    holder = make.a_person("张伟", clerk.branch, contacts=[("mobile", "13800000000")])
    said = {"purpose": "marketing", "obtained": "phone", "text_version": "MKT-1", "reason": "asked"}
    assert client.post(page("parties_party", "consent", holder.pk), {"key": KEY, **said}).status_code == 302
    again = client.post(page("parties_party", "consent", holder.pk), {"key": KEY[:-1] + "2", **said})
    assert again.status_code == 409
    assert client.post(page("parties_party", "withdraw", holder.pk), {"key": KEY[:-1] + "3", **said}).status_code == 302
    assert list(Consent.objects.order_by("pk").values_list("given", "text_version")) == [
        (True, "MKT-1"),
        (False, "MKT-1"),
    ]
    wishes = {"service_by": "email", "statutory_by": "address", "marketing_by": "", "quiet": "noon", "reason": "asked"}
    client.post(page("parties_party", "preferences", holder.pk), {"key": KEY[:-1] + "4", **wishes})
    assert selectors.wishes([holder.pk])[holder.pk].statutory_by == ContactKind.ADDRESS
    reaching.note_failure(ctx, party_id=holder.pk, kind=ContactKind.MOBILE, value="+8613800000000", lasting=True)
    contact = Contact.objects.get()
    tab = client.get(page("parties_party", "change", holder.pk) + "?tab=contact").content.decode()
    assert f"?contact={contact.pk}" in tab
    verified = {"key": KEY[:-1] + "5", "contact": contact.pk, "reason": "called back"}
    client.post(page("parties_party", "verify", holder.pk), verified)
    assert Contact.objects.get().health == ContactHealth.GOOD
