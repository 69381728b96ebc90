"""Every operation for every role, on objects of their own branch and of another: what the matrix says (P44, P49)."""

import pytest
from django.test import Client, TestCase, override_settings

from apps.accounts import permissions
from apps.accounts.matrix import matrix
from apps.audit.models import Access, Event
from apps.core.api import OPERATIONS, Effect
from apps.core.api.ids import write
from apps.core.api.operations import OfRows
from tests import factories as make
from tests.contracts.world import World, a_world

from .client import Api, a_token
from .operations import LABELS, call, kinds, open_to_keys
from .test_every_operation import code, named

HUMAN = sorted(role.code for role in matrix().roles.values() if role.kind == "human")
FOR_EVERYBODY = {"product"}
"""Reference data: of no branch."""
LISTS = {
    "parties": "party",
    "policies": "policy",
    "receipts": "receipt",
    "instalments": "instalment",
    "payouts": "payout",
    "reminders": "reminder",
    "deadlines": "deadline",
    "imports": "import",
    "endorsements": "endorsement",
}
CENTRAL = {"compliance_officer", "security_admin", "audit_admin", "system_admin"}


@override_settings(ENABLED_ROLES=["cashier"], API_CALLS_A_MINUTE=100_000, API_WRITES_A_MINUTE=100_000)
class TestEveryRoleOnEveryOperation(TestCase):
    """13 human roles with a session, and a key of the branch."""

    world: World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = a_world()
        near = cls.world.branch
        cls.users = {
            role: make.a_user(role, branch=cls.world.head if role in CENTRAL else near, username=f"the.{role}")
            for role in HUMAN
        }
        cls.token = a_token(near, client="Branch app")

    def client_of(self, user):
        client = Client()
        client.force_login(user, backend="apps.accounts.backends.AccountBackend")
        return client

    def expected(self, operation, user, objects) -> int:
        """403 without the permission, 404 out of sight; then whatever its own preconditions say."""
        if operation.permission and not permissions.allows(user, operation.permission):
            return 403
        if kinds(operation) and not self.sees(operation, user, objects):
            return 404
        if operation.precondition:
            return 412
        return 200 if operation.effect == Effect.NONE else 0

    def sees(self, operation, user, objects) -> bool:
        from django.apps import apps

        kind = kinds(operation)[0]
        model = apps.get_model(LABELS[kind])
        whole = next(each for each in OPERATIONS if isinstance(each, OfRows) and each.path.endswith(f"{{{kind}}}"))
        looking = type("Looking", (), {"user": user})()
        return whole.rows(looking).model is model and whole.rows(looking).filter(pk=objects[LABELS[kind]].pk).exists()

    @pytest.mark.promise("P44")
    @pytest.mark.promise("P49")
    def test_people_get_what_the_matrix_and_their_scope_say(self):
        for role, user in self.users.items():
            client = self.client_of(user)
            for objects in (self.world.near, self.world.far):
                for operation in OPERATIONS:
                    with self.subTest(role=role, operation=named(operation), own=objects is self.world.near):
                        expected = self.expected(operation, user, objects)
                        answer = call(client, operation, objects)
                        assert answer.status_code == expected or (not expected and answer.status_code < 500)

    @pytest.mark.promise("P44")
    @pytest.mark.promise("P51")
    def test_a_key_reaches_its_branch_and_nothing_beyond(self):
        api = Api(self.token)
        for operation in (each for each in OPERATIONS if kinds(each) and open_to_keys(each)):
            with self.subTest(operation=named(operation)):
                status = call(api, operation, self.world.near).status_code
                assert status == 200 or (operation.effect != Effect.NONE and status not in (404, 500))
                denied = Access.objects.filter(kind="denied").count()
                if set(kinds(operation)) & FOR_EVERYBODY:
                    continue
                answer = call(api, operation, self.world.far)
                assert (answer.status_code, code(answer)) == (404, "not_found")
                assert Access.objects.filter(kind="denied").count() == denied + 1

    @pytest.mark.promise("P36")
    def test_a_denial_leaves_one_access_row_and_changes_nothing(self):
        for role, user in self.users.items():
            client = self.client_of(user)
            for operation in OPERATIONS:
                if not operation.permission or permissions.allows(user, operation.permission):
                    continue
                with self.subTest(role=role, operation=named(operation)):
                    events, accesses = Event.objects.count(), Access.objects.count()
                    assert call(client, operation, self.world.near).status_code == 403
                    assert Event.objects.count() == events
                    assert Access.objects.count() == accesses + 1

    @pytest.mark.promise("P44")
    def test_lists_hold_the_branchs_rows_only(self):
        api = Api(self.token)
        for operation in (each for each in OPERATIONS if each.path in LISTS and each.method == "GET"):
            with self.subTest(operation=named(operation)):
                kind = LISTS[operation.path]
                told = call(api, operation, self.world.near).content.decode()
                assert write(kind, self.world.near[LABELS[kind]].public_id) in told
                assert write(kind, self.world.far[LABELS[kind]].public_id) not in told
