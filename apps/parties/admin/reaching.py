"""How a customer wants to be reached 联系偏好与同意: consents, wishes, and contacts that are in doubt (P59)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Act, Column, Done, Fact, Facts, ReasonForm, StaffRequest, Table, act, badge, tab, who
from apps.core.admin.pages import Section
from apps.core.context import Context
from apps.core.errors import Conflict, Refusal
from apps.parties import presentation, reaching, selectors
from apps.parties.models import Contact, Party
from apps.parties.states import ConsentPurpose, ConsentSource, ContactHealth, ContactKind, QuietHours
from apps.parties.values import Said, Wishes

PAGE = "parties.party"
EDIT = "customer_edit.C"
NO_WISH = ("", _("No wish"))
ELECTRONIC = [NO_WISH, (ContactKind.MOBILE.value, _("Text message")), (ContactKind.EMAIL.value, _("E-mail"))]
IN_WRITING = [*ELECTRONIC, (ContactKind.ADDRESS.value, _("Letter by post"))]


@tab(PAGE, _("Contact and consent"), order=30)
def contact(request: StaffRequest, party: Party) -> Sequence[Section]:
    """What he wants, by which contact he can be reached, and all he ever agreed to."""
    wishes = selectors.wishes([party.pk]).get(party.pk, Wishes())
    facts = [
        Fact(_("Service by"), _label(ELECTRONIC, wishes.service_by)),
        Fact(_("Statutory notices by"), _label(IN_WRITING, wishes.statutory_by), _("They cannot be switched off.")),
        Fact(_("Marketing by"), _label(ELECTRONIC, wishes.marketing_by), _("Only with consent.")),
        Fact(_("Quiet hours"), wishes.quiet.label),
    ]
    contacts = (
        Column(_("Kind"), "get_kind_display"),
        Column(_("Contact"), lambda row: presentation.contact_line(row).text),
        Column(_("Health"), _health),
        Column(_("Failures in a row"), "soft_failures", numeric=True),
        Column("", lambda row: _to_verify(request, party, row)),
    )
    ledger = (
        Column(_("Purpose"), "get_purpose_display"),
        Column(_("Consent"), lambda row: badge(_("Given"), "good") if row.given else badge(_("Withdrawn"), "warn")),
        Column(_("How it was said"), "get_obtained_display"),
        Column(_("Version of the text"), "text_version"),
        Column(_("Reason"), "reason"),
        Column(_("Recorded by"), lambda row: who(row.recorded_by)),
        Column(_("Recorded at"), "recorded_at"),
    )
    return [
        Facts(facts, _("Contact preferences")),
        Table(contacts, party.contacts.order_by("kind", "-pk"), _("Contacts")),
        Table(ledger, party.consents.order_by("-pk"), _("Consents"), empty=_("No consent was ever recorded.")),
    ]


def _label(choices: Sequence[tuple[str, Any]], value: str | None) -> Any:
    return dict(choices).get(value or "", value)


def _health(row: Contact) -> str:
    return badge(row.get_health_display(), "warn" if row.health == ContactHealth.DOUBTFUL else "good")


def _to_verify(request: HttpRequest, party: Party, row: Contact) -> str:
    if row.health != ContactHealth.DOUBTFUL or not request.user.has_perm(EDIT):  # type: ignore[union-attr]
        return ""
    address = reverse("admin:parties_party_verify", args=[party.pk])
    return format_html('<a href="{}?contact={}">{}</a>', address, row.pk, _("Mark as verified"))


class VerifyForm(ReasonForm):
    contact = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


@act(PAGE)
class Verify(Act):
    name, label, permission = "verify", _("Mark a contact as verified"), EDIT
    form = VerifyForm
    intro = _("Only when the customer was reached by it, or confirmed it. Messages will go to it again.")
    on_page = False

    def initial(self, request: StaffRequest, obj: Any) -> dict[str, Any]:
        return {"contact": request.GET.get("contact", "")}

    def run(self, ctx: Context, obj: Party, data: dict[str, Any]) -> Done:
        reaching.verify_contact(ctx, contact_id=data["contact"], party_id=obj.pk, reason=data["reason"])
        return Done(_now("The contact is verified."))


class PreferencesForm(ReasonForm):
    service_by = forms.ChoiceField(label=_("Service by"), choices=ELECTRONIC, required=False)
    statutory_by = forms.ChoiceField(
        label=_("Statutory notices by"),
        choices=IN_WRITING,
        required=False,
        help_text=_("They cannot be switched off, only sent another way."),
    )
    marketing_by = forms.ChoiceField(
        label=_("Marketing by"), choices=ELECTRONIC, required=False, help_text=_("Only with consent.")
    )
    quiet = forms.ChoiceField(label=_("Quiet hours"), choices=QuietHours.choices, required=False)
    field_order = ("service_by", "statutory_by", "marketing_by", "quiet", "reason")


@act(PAGE)
class SetPreferences(Act):
    name, label, permission = "preferences", _("Contact preferences"), EDIT
    form = PreferencesForm
    intro = _("How the customer wants to hear from us. A wish comes first; if it fails, the other ways are taken.")

    def initial(self, request: StaffRequest, obj: Party) -> dict[str, Any]:
        wishes = selectors.wishes([obj.pk]).get(obj.pk, Wishes())
        return {name: getattr(wishes, name) or "" for name in ("service_by", "statutory_by", "marketing_by", "quiet")}

    def run(self, ctx: Context, obj: Party, data: dict[str, Any]) -> Done:
        service, statutory, marketing = (
            ContactKind(data[name]) if data[name] else None for name in ("service_by", "statutory_by", "marketing_by")
        )
        wishes = Wishes(service, statutory, marketing, QuietHours(data["quiet"]))
        reaching.set_preferences(ctx, party_id=obj.pk, wishes=wishes, reason=data["reason"])
        return Done(_now("The preferences are kept."))


class ConsentForm(ReasonForm):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("", _("Please choose")), *ConsentPurpose.choices])
    obtained = forms.ChoiceField(label=_("How it was said"), choices=[("", _("Please choose")), *ConsentSource.choices])
    text_version = forms.CharField(
        label=_("Version of the text"), max_length=40, help_text=_("As printed on the form or read out.")
    )
    field_order = ("purpose", "obtained", "text_version", "reason")


class _Consent(Act):
    permission = EDIT
    form = ConsentForm
    field_of = {"consent_said_already": "purpose"}

    def record(self, ctx: Context, party_id: int, purpose: ConsentPurpose, said: Said) -> bool:
        """Give or withdraw; False when it was said before."""
        raise NotImplementedError

    def run(self, ctx: Context, obj: Party, data: dict[str, Any]) -> Done:
        said = Said(ConsentSource(data["obtained"]), data["text_version"].strip(), data["reason"].strip())
        if not self.record(ctx, obj.pk, ConsentPurpose(data["purpose"]), said):
            raise Conflict(Refusal("consent_said_already"))
        return Done(_now("It is on record."))


@act(PAGE)
class GiveConsent(_Consent):
    name, label = "consent", _("Record a consent")
    intro = _("The customer agrees to this use of his data.")

    def record(self, ctx: Context, party_id: int, purpose: ConsentPurpose, said: Said) -> bool:
        return reaching.give_consent(ctx, party_id=party_id, purpose=purpose, said=said)


class WithdrawalForm(ConsentForm):
    text_version = forms.CharField(label=_("Version of the text"), max_length=40, required=False)


@act(PAGE)
class WithdrawConsent(_Consent):
    name, label = "withdraw", _("Withdraw a consent")
    form = WithdrawalForm
    intro = _("It counts at once. What the law orders is sent all the same.")

    def record(self, ctx: Context, party_id: int, purpose: ConsentPurpose, said: Said) -> bool:
        return reaching.withdraw_consent(ctx, party_id=party_id, purpose=purpose, said=said)
