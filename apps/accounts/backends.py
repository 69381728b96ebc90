"""Who logs in: accounts by user name and password. What they may do is answered from ``permissions.yaml``."""

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.http import HttpRequest

from .models import User


class AccountBackend(BaseBackend):
    """Checks the password with Django's hashers; grants nothing by itself."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: object
    ) -> User | None:
        return ModelBackend().authenticate(request, username=username, password=password)  # type: ignore[return-value]

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).select_related("branch").first()
