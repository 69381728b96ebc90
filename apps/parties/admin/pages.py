"""Customers, masked, and agents."""

from collections.abc import Iterable, Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.filters import OfBranch
from apps.core.admin import Choice, Column, Fact, Facts, StaffAdmin, StaffRequest, Table, badge, link, tab
from apps.core.admin.pages import Section
from apps.parties import presentation, searching, selectors, shapes
from apps.parties.models import Agent, Party
from apps.parties.presentation import Line
from apps.parties.selectors import REVEAL
from apps.parties.states import PartyKind, RevealField

from .filters import OfAgent

PAGE = "parties.party"


@admin.register(Party)
class PartyAdmin(StaffAdmin):
    read = "customer_read.R"
    plural = _("Customers")
    search_hint = _("Name, pinyin initials, last 4 of phone or ID, or a whole number")
    columns = (
        Column(_("Customer no."), lambda party: str(party.pk)),
        Column(_("Name"), presentation.masked_name),
        Column(_("Kind"), "get_kind_display"),
        Column(_("Sex"), lambda party: party.get_sex_display()),
        Column(_("Born on"), "born_on"),
        Column(_("Branch"), "branch"),
        Column(_("Served by"), lambda party: link(party.agent)),
    )
    filters = (
        Choice("kind", _("Kind"), PartyKind.choices),
        OfBranch("branch", _("Branch code")),
        OfAgent("agent", _("Agent code")),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.visible_to(request.user)

    def reached(self, request: StaffRequest, permission: str) -> QuerySet:
        return selectors.reached_by(request.user, permission)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(pk__in=searching.people(self.site.context_of(request), request.user, text).ids)

    def private(self, text: str) -> bool:
        return shapes.read(text).private

    def heading(self, obj: Party) -> str:
        return presentation.masked_name(obj)

    def badges(self, obj: Party) -> Sequence[str]:
        return [badge(obj.get_kind_display())]

    def highlights(self, request: StaffRequest, obj: Party) -> Sequence[Fact]:
        return [
            Fact(_("Customer no."), str(obj.pk)),
            Fact(_("Sex"), obj.get_sex_display()),
            Fact(_("Born on"), obj.born_on),
            Fact(_("Occupation class"), obj.occupation_class),
            Fact(_("Branch"), link(obj.branch, obj.branch.name)),
            Fact(_("Served by"), link(obj.agent, obj.agent.name) if obj.agent else ""),
        ]


@tab(PAGE, _("Overview"), order=10)
def overview(request: StaffRequest, party: Party) -> Sequence[Section]:
    """Documents, contacts and accounts, masked, each with the way to its plain value."""
    card = selectors.card(party.pk)
    may = request.user.has_perm(REVEAL)
    name = Fact(_("Name"), _revealable(may, party, RevealField.NAME, party.pk, card.name))
    return [
        Facts([name, *_lines(may, party, RevealField.IDENTITY, card.identities)], _("Name and documents")),
        Facts(_lines(may, party, RevealField.CONTACT, card.contacts), _("Contacts")),
        Facts(_lines(may, party, RevealField.BANK_ACCOUNT, card.bank_accounts), _("Bank accounts")),
    ]


def _lines(may: bool, party: Party, field: RevealField, lines: Iterable[Line]) -> list[Fact]:
    return [Fact(each.label, _revealable(may, party, field, each.object_id, each.text), each.note) for each in lines]


def _revealable(may: bool, party: Party, field: RevealField, row: int, text: str) -> str:
    if not may:
        return text
    address = reverse("admin:parties_party_reveal", args=[party.pk])
    label = _("Show {what}").format(what=field.label)
    return format_html(
        '{} <a class="reveal" href="{}?field={}&amp;row={}" aria-label="{}">{}</a>',
        text,
        address,
        field.value,
        row,
        label,
        _("Show"),
    )


@tab(PAGE, _("Relations"), order=40)
def relations(request: StaffRequest, party: Party) -> Sequence[Section]:
    related = [
        Column(_("Customer"), lambda row: link(row.other, presentation.masked_name(row.other))),
        Column(_("Relationship"), lambda row: row.get_code_display()),
    ]
    return [Table(related, party.relationships.select_related("other"), _("Relations"))]


@admin.register(Agent)
class AgentAdmin(StaffAdmin):
    read = "agent_read.R"
    order = ("code",)
    search_hint = _("Agent code or name")
    columns = (
        Column(_("Code"), "code"),
        Column(_("Name"), "name"),
        Column(_("Licence no."), "licence_no"),
        Column(_("Branch"), "branch"),
        Column(_("State"), lambda agent: badge(_("Active"), "good") if agent.active else badge(_("Left"))),
    )
    filters = (
        Choice("active", _("State"), [(True, _("Active")), (False, _("Left"))]),
        OfBranch("branch", _("Branch code")),
    )

    def rows(self, request: StaffRequest) -> QuerySet:
        return selectors.agents_visible_to(request.user)

    def search(self, request: StaffRequest, rows: QuerySet, text: str) -> QuerySet:
        return rows.filter(code__startswith=text) if text.isascii() else rows.filter(name__startswith=text)

    def overview(self, request: StaffRequest, obj: Agent) -> Sequence[Section]:
        facts = [
            Fact(_("Code"), obj.code),
            Fact(_("Name"), obj.name),
            Fact(_("Licence no."), obj.licence_no),
            Fact(_("Branch"), link(obj.branch)),
            Fact(_("User name"), obj.user.username if obj.user else ""),
        ]
        return [Facts(facts)]
