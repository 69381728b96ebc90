"""Calls of the API through the WSGI application, by turns with two other ways to answer the same."""

import io
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test import override_settings
from django.urls import include, path
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer

from apps.accounts import keys
from apps.accounts import services as accounts
from apps.accounts.models import Branch, User
from apps.core import clock
from apps.core.api import Shape, cursors
from apps.core.api.ids import write
from apps.core.api.versions import CURRENT
from apps.core.context import Context
from apps.operations.selectors import business_date
from apps.parties.models import Party
from apps.policies.api.policies import PolicyShape, PolicySummary
from apps.policies.models import Policy, PolicyCoverage, PolicyRole
from benchmarks.meter import Meter

PAGE = 50
WARM = 20
CONTRACT = """SELECT p.public_id, p.number, p.status, p.premium_status, r.code, h.public_id, b.code, a.public_id,
    p.effective_on, p.ends_on, p.frequency, p.premium::text, p.sum_assured::text, p.currency, p.paid_to, p.xmin::text
    FROM policies_policy p JOIN products_productversion v ON v.id = p.product_version_id
    JOIN products_product r ON r.id = v.product_id JOIN parties_party h ON h.id = p.holder_id
    JOIN accounts_branch b ON b.id = p.branch_id LEFT JOIN parties_agent a ON a.id = p.agent_id"""
PEOPLE = """SELECT o.role, h.public_id, h.name, o.from_date, o.share::text FROM policies_policyrole o
    JOIN parties_party h ON h.id = o.party_id WHERE o.policy_id = %s AND o.to_date IS NULL"""
COVERAGES = """SELECT code, product, sum_assured::text, premium::text, from_date, to_date FROM policies_policycoverage
    WHERE policy_id = %s"""


class PartySerializer(serializers.ModelSerializer):
    class Meta:
        model = Party
        fields = ("public_id", "name", "kind")


class RoleSerializer(serializers.ModelSerializer):
    party = PartySerializer()

    class Meta:
        model = PolicyRole
        fields = "__all__"


class CoverageSerializer(serializers.ModelSerializer):
    class Meta:
        model = PolicyCoverage
        fields = "__all__"


class SummarySerializer(serializers.ModelSerializer):
    product = serializers.CharField(source="product_version.product.code")
    holder = serializers.UUIDField(source="holder.public_id")
    branch = serializers.CharField(source="branch.code")

    class Meta:
        model = Policy
        fields = ("public_id", "number", "status", "premium_status", "product", "holder", "branch", "effective_on",
                  "ends_on", "frequency", "premium", "sum_assured", "currency", "paid_to")  # fmt: skip


class PolicySerializer(SummarySerializer):
    roles = RoleSerializer(many=True)
    coverages = CoverageSerializer(many=True)

    class Meta(SummarySerializer.Meta):
        fields = (*SummarySerializer.Meta.fields, "roles", "coverages")


class NewestFirst(CursorPagination):
    page_size, ordering = PAGE, "-id"


class Key(BaseAuthentication):
    """The same key as ours."""

    def authenticate(self, request: Any) -> tuple[Any, None]:
        return keys.behind(request.headers["Authorization"].removeprefix("Bearer "), "127.0.0.1"), None


class Plain:
    """What a tutorial would write, with the queries it should have."""

    authentication_classes = (Key,)
    permission_classes = (IsAuthenticated,)
    queryset = Policy.objects.select_related("product_version__product", "holder", "branch", "agent")


class PlainDetail(Plain, RetrieveAPIView):
    serializer_class, lookup_field = PolicySerializer, "public_id"
    queryset = Plain.queryset.prefetch_related("roles__party", "coverages")


class PlainList(Plain, ListAPIView):
    serializer_class, pagination_class = SummarySerializer, NewestFirst


urlpatterns = [
    path("api/v1/", include("policyops.api")),
    path("plain/policies/<uuid:public_id>", PlainDetail.as_view()),
    path("plain/policies", PlainList.as_view()),
]


def run(meter: Meter, *, calls: int) -> dict[str, list[float]]:
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # as the pool: a connection outlives its request
    token, size = _a_key(), Policy.objects.count()
    policies = list(Policy.objects.order_by("?").values_list("pk", "public_id")[:calls])
    actor = f"key:{token.partition('.')[0].rpartition('_')[2]}"
    deep = cursors.seal(f"/api/v1/policies?#{actor}", [Policy.objects.order_by("-pk")[size // 2].pk])
    logging.disable(logging.WARNING)
    app = get_wsgi_application()
    ways: dict[str, Callable[[int, Any], object]] = {
        "detail ours": lambda _pk, public: _call(app, token, f"/api/v1/policies/{write('policy', public)}"),
        "detail answer": lambda pk, _public: _answer(Policy.objects.filter(pk=pk), PolicyShape),
        "detail serializer": lambda pk, _public: JSONRenderer().render(
            PolicySerializer(PlainDetail.queryset.get(pk=pk)).data
        ),
        "list answer": lambda _pk, _public: _answer(Policy.objects.order_by("-pk")[: PAGE + 1], PolicySummary),
        "list serializer": lambda _pk, _public: JSONRenderer().render(
            SummarySerializer(Plain.queryset.order_by("-pk")[: PAGE + 1], many=True).data
        ),
        "detail raw": lambda pk, _public: _raw_detail(pk),
        "detail DRF": lambda _pk, public: _call(app, token, f"/plain/policies/{public}"),
        "list ours": lambda _pk, _public: _call(app, token, "/api/v1/policies"),
        "list deep": lambda _pk, _public: _call(app, token, "/api/v1/policies", f"cursor={deep}"),
        "list raw": lambda _pk, _public: _raw_list(),
        "list DRF": lambda _pk, _public: _call(app, token, "/plain/policies"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with meter, override_settings(API_CALLS_A_MINUTE=10**7, ROOT_URLCONF=__name__):
        for turn in range(calls + WARM):
            policy = policies[turn % len(policies)]
            for name, way in ways.items():
                began = time.perf_counter()
                way(*policy)
                seconds[name].append(time.perf_counter() - began)
    return {name: values[WARM:] for name, values in seconds.items()}


def _a_key() -> str:
    """A key of a head office above all others."""
    head = Branch.objects.create(code="HQ", name="HQ", path="HQ/")
    for branch in Branch.objects.exclude(pk=head.pk):
        Branch.objects.filter(pk=branch.pk).update(path=f"HQ/{branch.path}")
    day = business_date()
    maker, checker = (Context(f"user:{name}", day, person=name) for name in ("maker", "checker"))
    with suppress(User.DoesNotExist):
        User.objects.get(username="owner").delete()
    owner = accounts.create_user(maker, username="owner", name="Owner", branch_id=head.pk)
    asked = keys.request_key(
        maker,
        client="bench",
        owner_id=owner.pk,
        branch_id=head.pk,
        scopes=["policies:read"],
        known_scopes=["policies:read"],
        ip_list=[],
        expires_on=clock.office_now().date() + timedelta(days=30),
        version=CURRENT,
        reason="bench",
    )
    keys.approve_key(checker, key_id=asked.pk)
    return keys.issue_key(checker, key_id=asked.pk)


def _call(app: Any, token: str, path: str, query: str = "") -> bytes:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    told: list[str] = []
    answer = app(environ, lambda status, headers, exc_info=None: told.append(status))
    body = b"".join(answer)
    answer.close()
    assert told[0].startswith("200"), (told, body)
    return body


def _answer(rows: Any, shape: type[Shape]) -> bytes:
    return orjson.dumps([found.row for found in shape.read(rows)])


def _raw_detail(pk: int) -> bytes:
    with connection.connection.cursor() as cursor:
        cursor.execute(f"{CONTRACT} WHERE p.id = %s", [pk])
        contract = cursor.fetchone()
        cursor.execute(PEOPLE, [pk])
        people = cursor.fetchall()
        cursor.execute(COVERAGES, [pk])
        return orjson.dumps([contract, people, cursor.fetchall()])


def _raw_list() -> bytes:
    with connection.connection.cursor() as cursor:
        cursor.execute(f"{CONTRACT} ORDER BY p.id DESC LIMIT {PAGE + 1}")
        return orjson.dumps(cursor.fetchall())
