"""The left rail: which lists stand under which word, in the order of a working day; only those one may read."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Group:
    title: str | Promise
    items: tuple[tuple[str, str], ...]
    """Model labels with their icons."""


GROUPS = (
    Group(_("Customers and agents"), (("parties.party", "person"), ("parties.agent", "badge"))),
    Group(
        _("Policies"),
        (
            ("policies.policy", "description"),
            ("endorsements.endorsement", "edit_document"),
            ("deadlines.deadline", "timer"),
            ("underwriting.referral", "fact_check"),
            ("documents.document", "folder"),
            ("imports.upload", "upload_file"),
        ),
    ),
    Group(_("Renewal"), (("billing.instalment", "event_repeat"), ("renewals.reminder", "notifications"))),
    Group(
        _("Messages"),
        (("notifications.notice", "inbox"), ("notifications.message", "mail"), ("notifications.letter", "drafts")),
    ),
    Group(
        _("Money"),
        (
            ("billing.receipt", "payments"),
            ("billing.receiptrequest", "rule"),
            ("billing.adjustment", "request_quote"),
            ("billing.payout", "output"),
            ("billing.bankfile", "upload_file"),
        ),
    ),
    Group(
        _("Operations"),
        (
            ("operations.run", "nightlight"),
            ("operations.quarantine", "report"),
            ("operations.banner", "monitor_heart"),
            ("audit.delivery", "outbox"),
        ),
    ),
    Group(_("Products and calendar"), (("products.product", "category"), ("deadlines.calendaryear", "calendar_month"))),
    Group(
        _("Users and roles"),
        (
            ("accounts.user", "group"),
            ("accounts.branch", "account_tree"),
            ("accounts.rolegrant", "key"),
            ("accounts.authority", "price_check"),
            ("accounts.delegation", "swap_horiz"),
            ("accounts.apikey", "api"),
        ),
    ),
    Group(
        _("Audit"),
        (("audit.event", "history"), ("audit.access", "visibility"), ("exports.export", "download")),
    ),
)


def of(site: Any, request: Any) -> list[dict[str, Any]]:
    """The groups with the lists this person may read."""
    pages = {page.label: page for page in site._registry.values()}
    here = request.path
    groups = []
    for group in GROUPS:
        items = [
            {
                "title": pages[label].menu_label,
                "icon": icon,
                "link": pages[label].list_url,
                "active": here.startswith(pages[label].list_url),
            }
            for label, icon in group.items
            if label in pages and request.user.has_perm(pages[label].read)
        ]
        if items:
            groups.append({"title": group.title, "items": items})
    return groups
