"""The monitor, the quarantine and the dry run as people see them (screens S18, S26)."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from apps.audit.models import Delivery, Event
from apps.billing import services as billing
from apps.billing.models import Instalment
from apps.core import clock
from apps.operations import services as operations
from apps.operations import tasks
from apps.operations.models import Agenda, Banner, BusinessDay, Quarantine, Run, StepRun
from tests import factories as make
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db
KEY = "6f1f8b52-6c0b-4c57-9f0e-0b1d6a0f6b{:02d}"
MONITOR = "/admin/operations/run/"


@pytest.fixture
def book(ctx):
    """Two branches, each with a policy whose premium is billed tonight."""
    operations.open_first_day(ctx, TODAY)
    head = make.a_branch("86")
    branches = [make.a_branch(code, parent=head) for code in ("8644", "8631")]
    near, far = (make.a_policy(branch=branch, effective_on=TODAY.replace(year=2024)) for branch in branches)
    for policy in (near, far):
        billing.start_schedule(make.the_system(), [policy.pk])
    operations.schedule("bill", [(TODAY, i.policy_id, i.pk) for i in Instalment.objects.filter(status="PLANNED")])
    return near, far


def sign_in(*roles, branch="8644", lang="en") -> Client:
    client = Client(headers={"accept-language": lang})
    client.force_login(
        make.a_user(*roles, branch=make.a_branch(branch)), backend="apps.accounts.backends.AccountBackend"
    )
    return client


def test_a_dry_run_counts_and_sums_and_names_only_policies_of_the_readers_area(ctx, book):
    near, far = book
    form = {"key": KEY.format(1), "days": "1", "dry_run": "yes"}
    page = sign_in("supervisor").post(f"{MONITOR}close/", form).content.decode()
    assert "Instalment … of … … was billed, due on …" in page
    assert "¥2,400.00" in page
    assert near.number in page
    assert far.number not in page
    assert not Event.objects.filter(name="instalment.billed").exists()


def test_the_page_of_a_night_leads_from_a_count_to_the_policies_behind_it(ctx, book):
    near, far = book
    operations.close_day(ctx)
    run = Run.objects.get()
    client = sign_in("supervisor")
    page = client.get(f"{MONITOR}{run.pk}/").content.decode()
    address = f"{MONITOR}{run.pk}/?tab=concerned&amp;step=bill&amp;name=instalment.billed"
    assert address in page
    concerned = client.get(address.replace("&amp;", "&")).content.decode()
    assert near.number in concerned
    assert far.number not in concerned
    whole = sign_in("compliance_officer", branch="86").get(address.replace("&amp;", "&")).content.decode()
    assert far.number in whole


def test_a_close_that_nobody_is_at_says_so_and_one_taken_over_too(ctx, book):
    run = Run.objects.create(day=TODAY, started_by="user:boss", worker="far/17")
    StepRun.objects.create(run=run, step="bill", position=1, due=10, done=4, seconds=2.0)
    client = sign_in("supervisor")
    page = client.get(f"{MONITOR}progress/").content.decode()
    assert "far/17 is gone" in page
    assert "data-running" in page
    operations.close_day(ctx)
    assert "taken over 1 times" in client.get(MONITOR).content.decode()


def test_a_close_is_paused_and_resumed_from_the_page(ctx, book, monkeypatch):
    operations.ask_to_close(ctx, through=TODAY)
    client = sign_in("supervisor")
    assert reverse("admin:operations_run_pause") in client.get(MONITOR).content.decode()
    client.post(f"{MONITOR}pause/", {"key": KEY.format(2), "reason": "the bank calls"})
    assert BusinessDay.objects.filter(paused_at__isnull=False).exists()
    page = client.get(MONITOR).content.decode()
    assert "Paused by" in page
    assert reverse("admin:operations_run_resume") in page
    assert reverse("admin:operations_run_pause") not in page
    woken = []
    monkeypatch.setattr(tasks.close_day, "apply_async", lambda message, retry: woken.append(message))
    client.post(f"{MONITOR}resume/", {"key": KEY.format(3)})
    assert not BusinessDay.objects.filter(paused_at__isnull=False).exists()


def test_what_is_set_aside_is_retried_by_cause_from_its_list(ctx, book):
    near, _far = book
    entry = Agenda.objects.filter(policy_id=near.pk, kind="bill").get()
    record = Quarantine.objects.create(
        step="bill",
        agenda_id=entry.pk,
        policy_id=near.pk,
        subject_id=entry.subject_id,
        reason="failing",
        error="ValueError at billing/x.py:1",
        first_day=TODAY,
        last_day=TODAY,
    )
    client = sign_in("supervisor")
    page = client.get("/admin/operations/quarantine/").content.decode()
    assert f"retry_many/?like={record.pk}" in page
    assert "billing/x.py:1" in page
    client.post("/admin/operations/quarantine/retry_many/", {"key": KEY.format(4), "like": str(record.pk)})
    assert not Quarantine.objects.filter(resolved_at=None).exists()
    assert Event.objects.filter(name="quarantine.retried").exists()


def test_the_history_tells_how_long_each_close_took(ctx, book):
    operations.close_day(ctx)
    Run.objects.update(ended_at=F("started_at") + timedelta(seconds=125))
    assert "2 min 5 s" in sign_in("supervisor").get(MONITOR).content.decode()


def test_the_health_page_shows_lights_workers_and_what_could_not_be_delivered(ctx):
    operations.open_first_day(ctx, TODAY)
    event = Event.objects.latest("pk")
    dead = Delivery.objects.create(event=event, subscriber="messages", status="dead", error="ValueError at x.py:1")
    client = sign_in("system_admin", branch="86")
    page = client.get("/admin/operations/banner/").content.decode()
    for part in ("Database", "Queue server", "Outbox", "Backup", "dead letters", "No worker answers."):
        assert part in page
    letters = client.get("/admin/audit/delivery/?status=dead").content.decode()
    assert "ValueError at x.py:1" in letters
    client.post(f"/admin/audit/delivery/{dead.pk}/retry/", {"key": KEY.format(5)})
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("pending", 0)
    Delivery.objects.update(status="dead")
    client.post("/admin/audit/delivery/retry_all/", {"key": KEY.format(6)})
    assert Delivery.objects.values_list("status", flat=True).get() == "pending"


def test_a_notice_stands_on_every_page_in_the_readers_language(ctx):
    operations.open_first_day(ctx, TODAY)
    now = clock.office_now()
    times = {"from_at": f"{now:%Y-%m-%dT%H:%M}", "to_at": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}"}
    words = {"text_zh": "今晚八点停机维护", "text_en": "Down for maintenance at eight"}
    operator = sign_in("system_admin", branch="86")
    operator.post("/admin/operations/banner/put_up/", {"key": KEY.format(7), **words, **times})
    assert words["text_en"] in sign_in("policy_clerk").get("/admin/").content.decode()
    chinese = sign_in("policy_clerk", lang="zh-CN").get("/admin/policies/policy/").content.decode()
    assert words["text_zh"] in chinese
    assert words["text_en"] not in chinese
    banner = Banner.objects.get()
    operator.post(f"/admin/operations/banner/{banner.pk}/take_down/", {"key": KEY.format(8)})
    assert words["text_en"] not in sign_in("policy_clerk").get("/admin/").content.decode()
