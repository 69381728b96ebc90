"""Referral 核保转介: a change that needs an underwriter's word before it may go on."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import public_id
from apps.core.statemachine import StateField, StateModel, stateful, transition
from apps.parties.vault import sealed

from .states import Exam
from .states import ReferralStatus as S

OPEN = (S.OPEN, S.EXAM_ORDERED)


@stateful()
@sealed("exclusion", "reason")
class Referral(StateModel):
    """核保转介.

    ``subject`` is the case that asks; a case has one open referral. ``reasons`` are codes with their values, ``facts``
    what was known when it was asked, under party ids, without name or number; both are frozen. ``amount`` (CNY) is what
    the underwriter's authority is measured by, as a rule the sum at risk. What he writes is sealed: it may speak of
    somebody's health.
    """

    public_id = public_id()
    number = models.CharField(_("referral number"), max_length=20, unique=True)
    policy = models.ForeignKey("policies.Policy", models.PROTECT, related_name="+", verbose_name=_("policy"))
    subject_type = models.CharField(_("case"), max_length=60)
    subject_id = models.BigIntegerField(_("case number"))
    status = StateField(_("state"), choices=S.choices, default=S.OPEN)
    reasons = models.JSONField(_("reasons"), encoder=DjangoJSONEncoder)
    facts = models.JSONField(_("facts"), encoder=DjangoJSONEncoder)
    amount = models.DecimalField(_("amount at stake"), max_digits=18, decimal_places=2)
    asked_on = models.DateField(_("asked on"))
    asked_by = models.CharField(_("asked by"), max_length=80)
    asked_person = models.CharField(max_length=80)
    assignee = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name=_("underwriter")
    )
    assigned_person = models.CharField(max_length=80, blank=True)
    exam = models.CharField(_("examination"), max_length=12, choices=Exam.choices, blank=True)
    exam_ordered_on = models.DateField(_("examination ordered on"), null=True)
    exam_reported_on = models.DateField(_("examination reported on"), null=True)
    extra_percent = models.DecimalField(_("extra premium in per cent"), max_digits=7, decimal_places=2, default=0)
    extra_per_mille = models.DecimalField(_("extra premium per mille"), max_digits=7, decimal_places=2, default=0)
    exclusion = models.TextField(_("exclusion"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_on = models.DateField(_("decided on"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_person = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            models.CheckConstraint(name="referral_status_known", condition=Q(status__in=S.values)),
            models.CheckConstraint(name="referral_four_eyes", condition=~Q(asked_person=F("decided_person"))),
            models.CheckConstraint(
                name="referral_decision_signed",
                condition=~Q(status__in=[S.ACCEPTED, S.DECLINED])
                | (~Q(decided_person="") & ~Q(reason="") & Q(decided_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="referral_terms_when_accepted",
                condition=Q(status=S.ACCEPTED) | Q(extra_percent=0, extra_per_mille=0, exclusion=""),
            ),
            models.CheckConstraint(
                name="referral_extra_positive", condition=Q(extra_percent__gte=0, extra_per_mille__gte=0)
            ),
            models.UniqueConstraint(
                name="one_open_referral_a_case", fields=["subject_type", "subject_id"], condition=Q(status__in=OPEN)
            ),
        ]
        indexes = [
            models.Index(name="referral_by_policy", fields=["policy", "-id"]),
            models.Index(name="referral_by_status", fields=["status", "-id"]),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(status, S.OPEN, S.EXAM_ORDERED)
    def order_exam(self, exam, on):
        self.exam, self.exam_ordered_on, self.exam_reported_on = exam, on, None

    @transition(status, S.EXAM_ORDERED, S.OPEN)
    def report_exam(self, on):
        self.exam_reported_on = on

    @transition(status, S.OPEN, S.ACCEPTED)
    def accept(self, by, person, on, reason, extra_percent, extra_per_mille, exclusion):
        self.extra_percent, self.extra_per_mille, self.exclusion = extra_percent, extra_per_mille, exclusion
        self.decided_by, self.decided_person, self.decided_on, self.reason = by, person, on, reason

    @transition(status, list(OPEN), S.DECLINED)
    def decline(self, by, person, on, reason):
        self.decided_by, self.decided_person, self.decided_on, self.reason = by, person, on, reason

    @transition(status, list(OPEN), S.WITHDRAWN)
    def withdraw(self):
        """Nobody waits for it any more."""
