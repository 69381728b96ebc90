"""Customers and agents in the global search (screen S4)."""

from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import badge, page_of
from apps.core.admin.finding import Found, Hit, Looking, finder
from apps.parties import presentation, searching, selectors, shapes
from apps.parties.models import Agent, Party
from apps.parties.searching import People
from apps.parties.states import PartyKind

CUT = _("Many bear this name: only a part of them was looked through. Add more of the name, or the birthday.")


def people(looking: Looking) -> People:
    """Whom the text means: asked once by the finders of customers and of policies."""
    return looking.once(
        "people", lambda: searching.people(looking.ctx, looking.user, looking.text, purpose=looking.purpose)
    )


@finder(_("Customers"), permission=selectors.READ, order=10)
def customers(looking: Looking) -> Found:
    found = people(looking)
    parties = selectors.in_order(found.ids[: looking.most + 1])
    alone = shapes.read(looking.text).in_full and len(found.ids) == 1
    hits = [_customer(party, exact=alone) for party in parties]
    return Found.first(hits, looking.most, note=CUT if found.cut else "", asks=found.asks)


def _customer(party: Party, *, exact: bool) -> Hit:
    agent = party.agent.name if party.agent else ""
    facts = (_now("Customer no. {no}").format(no=party.pk), _born(party), party.branch.name, agent)
    return Hit(page_of(party, party.pk), presentation.masked_name(party), facts, exact=exact)


def _born(party: Party) -> str:
    if party.kind == PartyKind.ORGANISATION:
        return party.get_kind_display()
    return f"{party.get_sex_display()} {party.born_on or ''}".strip()


@finder(_("Agents"), permission="agent_read.R", order=40)
def agents(looking: Looking) -> Found:
    code = looking.text.upper()
    named = Q(code__startswith=code) | Q(name__contains=looking.text)
    rows = selectors.agents_visible_to(looking.user).filter(named).order_by("code")[: looking.most + 1]
    return Found.first([_agent(agent, exact=agent.code == code) for agent in rows], looking.most)


def _agent(agent: Agent, *, exact: bool) -> Hit:
    state = badge(_("Active"), "good") if agent.active else badge(_("Left"))
    return Hit(page_of(agent, agent.pk), agent.code, (agent.name, agent.branch.name), state, exact)
