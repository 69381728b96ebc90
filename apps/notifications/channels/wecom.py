"""WeCom 企业微信: messages of the company's own app to members, and a robot in a group of the office.

Members: ``gettoken`` gives an access token for about two hours, shared by all workers through the cache; a call that
says the token is bad (40014, 42001) gets a new one and is made once more. WeCom does not repeat a message with the same
content to the same person within ``DUPLICATES_FOR``; beyond it we do not rely on that. The robot knows no such thing,
and takes twenty messages a minute. Both answer 200 with an ``errcode``.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.core.cache import cache

from apps.notifications.models import Member
from apps.notifications.states import ChannelKind, Readers

from .base import Channel, OutgoingMessage, Refused, SendOutcome, Sent, Unknown
from .sms import NEVER_REACHED, SERVER_ERROR

OK = 0
BAD_TOKEN = frozenset({40014, 42001})
TAKEN_LATER = frozenset({-1, 45009, 45033})
NOBODY = frozenset({40003, 60111, 81013})
DUPLICATES_FOR = timedelta(hours=4)
MOST_BYTES = 2048
TOKEN_KEY = "wecom:access_token"
CALLS = 4
"""How many calls one message may take: a token, a send that says the token is bad, a new token, and a send."""
RENEWED_BEFORE = 300
"""Seconds before a token ends when we stop using it."""


class NoToken(Exception):
    """WeCom gave no access token: nothing was sent."""


class _Wecom(Channel):
    """What both have in common: one host, answers with an ``errcode``."""

    def __init__(self) -> None:
        self.timeout = CALLS * settings.WECOM_TIMEOUT
        self._client: httpx.Client | None = None

    @contextmanager
    def session(self) -> Iterator[None]:
        with httpx.Client(base_url=settings.WECOM_URL.rstrip("/"), timeout=settings.WECOM_TIMEOUT) as self._client:
            yield

    @property
    def _open(self) -> httpx.Client:
        assert self._client, "a message is sent within a session"
        return self._client

    def _post(self, path: str, query: Mapping[str, str], message: OutgoingMessage, **more: Any) -> SendOutcome:
        body = {"msgtype": "text", "text": {"content": content(message)}, **more}
        try:
            answer = self._open.post(path, params=query, json=body)
        except NEVER_REACHED as error:
            return Refused(f"wecom: {type(error).__name__}", retry=True)
        except httpx.TransportError as error:
            return Unknown(f"wecom: {type(error).__name__}")
        return _outcome(answer)


class WecomChannel(_Wecom):
    kind = ChannelKind.WECOM
    readers = Readers.STAFF
    dedupes = True
    remembers = DUPLICATES_FOR

    @property
    def usable(self) -> bool:
        return bool(settings.WECOM_CORP_ID and settings.WECOM_SECRET and settings.WECOM_AGENT_ID)

    def addresses(self, readers: Collection[int]) -> Mapping[int, str]:
        return dict(Member.objects.filter(user__in=readers).values_list("user", "wecom_id"))

    def send(self, message: OutgoingMessage) -> SendOutcome:
        try:
            outcome = self._send(message, self._token())
            if isinstance(outcome, Refused) and outcome.reason in OF_A_BAD_TOKEN:
                outcome = self._send(message, self._token(anew=True))
        except NoToken as error:
            return Refused(f"wecom: {error}", retry=True)
        return outcome

    def _send(self, message: OutgoingMessage, token: str) -> SendOutcome:
        return self._post(
            "/cgi-bin/message/send",
            {"access_token": token},
            message,
            touser=message.to,
            agentid=settings.WECOM_AGENT_ID,
            enable_duplicate_check=1,
            duplicate_check_interval=int(DUPLICATES_FOR.total_seconds()),
        )

    def _token(self, *, anew: bool = False) -> str:
        kept = None if anew else cache.get(TOKEN_KEY)
        return kept or self._new_token()

    def _new_token(self) -> str:
        query = {"corpid": settings.WECOM_CORP_ID, "corpsecret": settings.WECOM_SECRET}
        try:
            said = _said(self._open.get("/cgi-bin/gettoken", params=query))
        except httpx.TransportError as error:
            raise NoToken(type(error).__name__) from error
        token, seconds = said.get("access_token"), said.get("expires_in")
        if said.get("errcode") != OK or not isinstance(token, str) or not isinstance(seconds, int):
            raise NoToken(f"gettoken {said.get('errcode')}")
        cache.set(TOKEN_KEY, token, max(seconds - RENEWED_BEFORE, 1))
        return token


class RobotChannel(_Wecom):
    kind = ChannelKind.ROBOT
    readers = Readers.HOUSE

    @property
    def usable(self) -> bool:
        return bool(settings.WECOM_ROBOT_KEY)

    def addresses(self, readers: Collection[int]) -> Mapping[int, str]:
        return dict.fromkeys(readers, "group")

    def send(self, message: OutgoingMessage) -> SendOutcome:
        return self._post("/cgi-bin/webhook/send", {"key": settings.WECOM_ROBOT_KEY}, message)


def content(message: OutgoingMessage) -> str:
    """The short text with a number of its own: else two messages in the same words would count as one."""
    number = f"\n[{message.public_id.hex[:8]}]"
    room = MOST_BYTES - len(number)
    return message.short.encode()[:room].decode(errors="ignore") + number


def _outcome(answer: httpx.Response) -> SendOutcome:
    if answer.status_code >= SERVER_ERROR:
        return Unknown(f"wecom: {answer.status_code}")
    said = _said(answer)
    code = said.get("errcode")
    if not isinstance(code, int):
        return Unknown(f"wecom: {answer.status_code} without errcode")
    if code == OK and not said.get("invaliduser"):
        return Sent(str(said.get("msgid", "")))
    nobody = code in NOBODY or code == OK
    return Refused(f"wecom: {code}", retry=code in TAKEN_LATER, bad_address=nobody)


OF_A_BAD_TOKEN = frozenset(f"wecom: {code}" for code in BAD_TOKEN)


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
