"""Idempotency keys, signs of life, and the columns every public record shares."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Func
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RandomUUID(Func):
    """PostgreSQL's own ``gen_random_uuid()``: rows born in SQL have a public id too."""

    function = "gen_random_uuid"
    template = "%(function)s()"
    arity = 0
    output_field = models.UUIDField()


def public_id(*, looked_up: bool = True) -> Any:
    """The id the outside world may see 公开编号; with an index unless no row is ever looked up by it."""
    return models.UUIDField(
        _("public id"), unique=looked_up, editable=False, default=uuid.uuid4, db_default=RandomUUID()
    )


class IdempotencyKey(models.Model):
    """幂等键: one unsafe request, and what it answered; committed with its effect, or not at all (P67).

    A page keeps an ``answer``; the API keeps ``status``, ``body`` and ``headers`` as they went out, in which customers
    are masked. After ``expires_at`` the key is new.
    """

    client = models.CharField(_("client"), max_length=120)
    key = models.CharField(_("key"), max_length=255)
    request_digest = models.CharField(_("request digest"), max_length=64)
    answer = models.JSONField(_("answer"), null=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    body = models.BinaryField(_("body"), null=True)
    headers = models.JSONField(_("headers"), null=True)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.client}/{self.key}"


class Pulse(models.Model):
    """心跳: the last sign of life of a part that runs beside the requests: beat, the anchors, the backup (P78)."""

    name = models.CharField(_("part"), max_length=40, primary_key=True)
    at = models.DateTimeField(_("last sign of life"), db_default=Now())
    source = models.CharField(_("host"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("sign of life")

    def __str__(self) -> str:
        return self.name
