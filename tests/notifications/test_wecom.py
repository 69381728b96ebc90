"""WeCom and the company's message platform, each against a real server that behaves like theirs."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction

from apps.audit import services as audit
from apps.core import clock, signing
from apps.core.errors import BusinessError
from apps.notifications import sender, services
from apps.notifications.channels.base import OutgoingMessage, Refused, Sent, Unknown
from apps.notifications.channels.webhook import WebhookChannel
from apps.notifications.channels.wecom import TOKEN_KEY, RobotChannel, WecomChannel, content
from apps.notifications.models import Message
from apps.notifications.states import MessageStatus
from apps.operations import events as operations
from apps.operations.agenda import GRACE, LAPSE
from tests import factories as make
from tests import premiums
from tests.notifications import wecom as theirs
from tests.notifications.conftest import DAY, DUE, TODAY, reachable, send, written

pytestmark = [pytest.mark.django_db(transaction=True)]
S = MessageStatus


@pytest.fixture
def wecom(settings):
    with theirs.running(theirs.Wecom(members={"li.na"})) as running:
        settings.WECOM_URL, settings.WECOM_TIMEOUT = running.url, 0.3
        settings.WECOM_CORP_ID, settings.WECOM_SECRET = theirs.CORP, theirs.SECRET
        settings.WECOM_AGENT_ID, settings.WECOM_ROBOT_KEY = theirs.AGENT, theirs.ROBOT
        cache.delete(TOKEN_KEY)
        yield running
    cache.delete(TOKEN_KEY)


def a_message(to: str = "li.na", short: str = "短信") -> OutgoingMessage:
    return OutgoingMessage(uuid4(), to, "主题", "正文", "<p>正文</p>", short)


def sent(message: OutgoingMessage, kind=WecomChannel):
    channel = kind()
    with channel.session():
        return channel.send(message)


def test_one_token_serves_many_messages_and_many_senders(wecom):
    message = a_message()
    assert [sent(each) for each in (message, a_message(), a_message())] == [Sent(f"msg-{n}") for n in (1, 2, 3)]
    assert wecom.calls["gettoken"] == 1
    assert wecom.shown[0] == ("li.na", content(message))


@pytest.mark.parametrize("spoil", ["forgotten", "expired"])
def test_a_token_that_has_gone_bad_is_renewed_and_the_message_goes_out_once(wecom, spoil):
    sent(a_message())
    if spoil == "forgotten":
        wecom.tokens.clear()
    else:
        wecom.tokens = dict.fromkeys(wecom.tokens, 0.0)
    assert isinstance(sent(a_message()), Sent)
    assert (wecom.calls["gettoken"], len(wecom.shown)) == (2, 2)


@pytest.mark.parametrize(
    ("mood", "outcome"),
    [
        (theirs.LIMITED, Refused("wecom: 45009", retry=True)),
        (theirs.BUSY, Refused("wecom: -1", retry=True)),
        (60020, Refused("wecom: 60020")),
        ("broken", Unknown("wecom: 500")),
        ("nonsense", Unknown("wecom: 200 without errcode")),
        ("hang", Unknown("wecom: ReadTimeout")),
        ("drop", Unknown("wecom: RemoteProtocolError")),
    ],
)
def test_a_wecom_in_this_mood_leaves_us_knowing_this_much(wecom, mood, outcome):
    wecom.script = [mood]
    assert sent(a_message()) == outcome


def test_a_token_that_is_refused_twice_is_not_asked_for_a_third_time(wecom):
    wecom.script = [theirs.BAD_TOKEN, theirs.BAD_TOKEN]
    assert sent(a_message()) == Refused("wecom: 40014")
    assert wecom.calls["/cgi-bin/message/send"] == 2


def test_who_is_no_member_is_a_bad_address(wecom):
    assert sent(a_message(to="nobody")) == Refused("wecom: 81013", bad_address=True)


def test_a_wrong_secret_sends_nothing_and_may_be_put_right(wecom, settings):
    settings.WECOM_SECRET = "wrong"
    assert sent(a_message()) == Refused("wecom: gettoken 40001", retry=True)
    assert wecom.shown == []


def test_a_wecom_that_is_not_there_has_surely_not_taken_it(wecom, settings):
    settings.WECOM_URL = "http://127.0.0.1:9"
    assert sent(a_message()) == Refused("wecom: ConnectError", retry=True)
    assert sent(a_message(), RobotChannel) == Refused("wecom: ConnectError", retry=True)


@pytest.mark.promise("P02")
def test_the_same_message_is_shown_once_however_often_it_is_sent_and_the_same_words_twice(wecom):
    message = a_message()
    wecom.script = ["drop", "well", "well"]
    assert [type(sent(message)) for _ in range(3)] == [Unknown, Sent, Sent]
    sent(a_message())
    assert len(wecom.shown) == 2


def test_a_text_that_is_too_long_is_cut_between_characters(wecom):
    long = a_message(short="字" * 2000)
    assert len(content(long).encode()) <= 2048
    assert isinstance(sent(long), Sent)


def test_the_group_hears_of_it_by_the_robot(wecom, settings):
    assert sent(a_message(), RobotChannel) == Sent()
    assert wecom.in_group[0].startswith("短信")
    wecom.script = [theirs.LIMITED]
    assert sent(a_message(), RobotChannel) == Refused("wecom: 45009", retry=True)
    settings.WECOM_ROBOT_KEY = "another"
    assert sent(a_message(), RobotChannel) == Refused("wecom: 93000")


@pytest.fixture
def suspended(ctx, today, gateway):
    """``suspended()``: a policy of agent Li Na, whose premium was not paid, is suspended tonight."""

    def make_one():
        branch = make.a_branch()
        user = make.a_user("agent", branch=branch)
        services.set_member(ctx, user_id=user.pk, wecom_id="li.na")
        agent = make.an_agent(branch, user)
        premium = premiums.a_premium(ctx, DUE - 90 * DAY, holder=reachable(), agent=agent)
        premiums.night(ctx, TODAY, GRACE, LAPSE)
        written()
        return premium, user

    return make_one


def test_the_agent_is_told_in_the_app_and_by_wecom_and_the_customer_in_writing(wecom, suspended, mailoutbox):
    premium, user = suspended()
    send()
    to_agent = Message.objects.filter(user=user)
    assert {(each.channel, each.status) for each in to_agent} == {("inbox", S.ACCEPTED), ("wecom", S.ACCEPTED)}
    ((_, said),) = wecom.shown
    assert premium.policy.number in said
    assert "张*" in said
    assert "张伟" not in said
    assert len(mailoutbox) == 1


@pytest.mark.promise("P02")
def test_wecom_is_asked_again_within_the_time_it_remembers_and_not_after(wecom, suspended):
    _, user = suspended()
    wecom.script = ["drop", "drop"]
    send()
    assert Message.objects.get(user=user, channel="wecom").status == S.SENDING
    send(hours=1)
    assert len(wecom.shown) == 1
    send(hours=1 + 9)
    message = Message.objects.get(user=user, channel="wecom")
    assert (message.status, len(wecom.shown)) == (S.UNKNOWN, 1)


def test_two_accounts_have_not_the_same_wecom_id(ctx):
    one, other = make.a_user("agent"), make.a_user("agent")
    services.set_member(ctx, user_id=one.pk, wecom_id="li.na")
    for wecom_id, code in (
        ("Li.Na", "wecom_id_taken"),
        ("li na", "wecom_id_malformed"),
        ("@all", "wecom_id_malformed"),
    ):
        with pytest.raises(BusinessError) as refused:
            services.set_member(ctx, user_id=other.pk, wecom_id=wecom_id)
        assert refused.value.code == code
    services.set_member(ctx, user_id=one.pk, wecom_id="")
    services.set_member(ctx, user_id=other.pk, wecom_id="li.na")


class Platform:
    """A message platform: verifies what is pushed, and dedupes by its id."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.taken: dict[str, dict] = {}

    def take(self, headers, body: bytes) -> int:
        name = signing.verify([SECRET], headers, body, clock.now())
        status = self.answers.pop(0) if self.answers else 202
        if status < 300 or status >= 500:
            self.taken.setdefault(name, json.loads(body))
        return status


SECRET = "whsec_" + "QUFB" * 10


@pytest.fixture
def platform(settings):
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = platform.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Location", "http://169.254.169.254/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    settings.MESSAGE_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/messages"
    settings.MESSAGE_WEBHOOK_SECRETS, settings.OUTGOING_ALLOW_LOOPBACK = [SECRET], True
    yield platform
    server.shutdown()
    server.server_close()


@pytest.mark.promise("P71")
def test_the_platform_gets_signed_what_no_other_channel_could_bring_and_no_address(platform, reminded):
    holder = make.a_person("张伟", sex="1")
    _, message = reminded(holder=holder)
    assert message.channel == "webhook"
    assert sender.drain(now=lambda: clock.office_now().replace(hour=12)) == 1
    taken = platform.taken[str(message.public_id)]
    assert taken["to"] == str(holder.public_id)
    assert set(taken) == {"to", "subject", "text", "short"}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, Sent()),
        (429, Refused("webhook: 429", retry=True)),
        (503, Refused("webhook: 503", retry=True)),
        (500, Unknown("webhook: 500")),
        (302, Refused("webhook: 302")),
        (410, Refused("webhook: 410")),
    ],
)
def test_what_the_platform_answers_leaves_us_knowing_this_much(platform, status, outcome):
    platform.answers = [status]
    assert sent(a_message(), WebhookChannel) == outcome


@pytest.mark.promise("P72")
@pytest.mark.parametrize("url", ["https://169.254.169.254/x", "http://hooks.example.com/x", "https://0177.0.0.1/"])
def test_a_platform_that_leads_home_is_never_called(settings, url):
    settings.MESSAGE_WEBHOOK_URL, settings.MESSAGE_WEBHOOK_SECRETS = url, [SECRET]
    assert sent(a_message(), WebhookChannel) == Refused("webhook: webhook_url_refused")


def test_the_night_is_reported_to_the_group(ctx, today, wecom):
    with transaction.atomic():
        audit.record(ctx, operations.DAY_CLOSED, 20261130, day=TODAY, digest="x")
    written()
    assert send() == 1
    (said,) = wecom.in_group
    assert "日终已完成" in said
    assert send(hours=1) == 0
    assert Message.objects.get(channel="robot").send_on - TODAY == timedelta(0)
