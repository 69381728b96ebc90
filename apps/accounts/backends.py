"""Who logs in: accounts by user name and password. What they may do is answered from ``permissions.yaml``."""

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.http import HttpRequest

from . import permissions
from .matrix import matrix
from .models import User


class AccountBackend(BaseBackend):
    """Checks the password with Django's hashers; answers permissions from the matrix alone (decision 25)."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: object
    ) -> User | None:
        user = ModelBackend().authenticate(request, username=username, password=password)
        return user if isinstance(user, User) else None

    def get_user(self, user_id: int) -> User | None:
        """The account of a request, with its branch and grants as they are at this moment (P48)."""
        return (
            User.objects.filter(pk=user_id, is_active=True)
            .select_related("branch")
            .prefetch_related("role_grants")
            .first()
        )

    def has_perm(self, user_obj: object, perm: str, obj: object = None) -> bool:
        """Our own permissions only: Django's model permissions ("app.add_model") are held by nobody."""
        known = perm.rpartition(".")[0] in matrix().actions
        return known and isinstance(user_obj, User) and permissions.allows(user_obj, perm)
