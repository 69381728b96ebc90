"""What the monitor stands on: pauses, takeovers, effects, late entries, and what is set aside by cause (screen S18)."""

from datetime import timedelta

import pytest

from apps.audit import effects
from apps.core import clock
from apps.core.errors import BusinessError
from apps.operations import banners, selectors, services, tasks, work
from apps.operations.models import Banner, Quarantine, Run, StepRun
from tests.operations.conftest import CHORE_DONE, DAY, chores, do_chores, later

pytestmark = pytest.mark.django_db


def refusal(act) -> str:
    with pytest.raises(BusinessError) as refused:
        act()
    return refused.value.code


def pause_after_a_chunk(ctx):
    """A step whose first chunk has barely begun when somebody asks for a pause."""

    def run(night, entries):
        if not StepRun.objects.get().done:
            services.pause_close(ctx, reason="the bank is on the phone")
        return do_chores(night, entries)

    return run


def test_a_close_is_laid_down_between_two_chunks_and_taken_up_by_another_process(ctx, day, step, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 2)
    step(pause_after_a_chunk(ctx))
    chores(6)
    services.ask_to_close(ctx, through=DAY)
    assert refusal(lambda: services.close_day(ctx)) == "close_is_paused"
    assert StepRun.objects.values_list("done", flat=True).get() == 2
    assert selectors.unfinished_close() is None, "the sweep leaves it alone"
    assert refusal(lambda: services.close_day(ctx)) == "close_is_paused"
    sent = []
    monkeypatch.setattr(tasks.close_day, "apply_async", lambda message, retry: sent.append(message))
    services.resume_close(ctx)
    assert selectors.unfinished_close() == (DAY, ctx.actor, ctx.person)
    (result,) = services.close_day(ctx)
    assert (result.steps[0].due, result.steps[0].done) == (6, 6)
    assert Run.objects.values_list("taken_over", flat=True).get() == 0, "it was laid down, nobody died"


def test_what_nobody_closes_is_not_paused_and_a_pause_says_why(ctx, day, step):
    assert refusal(lambda: services.pause_close(ctx, reason="x")) == "nothing_is_closing"
    assert refusal(lambda: services.resume_close(ctx)) == "close_not_paused"
    services.ask_to_close(ctx, through=DAY)
    assert refusal(lambda: services.pause_close(ctx, reason=" ")) == "reason_required"
    services.pause_close(ctx, reason="maintenance")
    assert refusal(lambda: services.pause_close(ctx, reason="again")) == "close_is_paused"


def test_a_process_that_died_is_counted(ctx, day, step):
    step()
    Run.objects.create(day=DAY, started_by="user:one", worker="far/17")
    services.close_day(ctx)
    run = Run.objects.get()
    assert run.taken_over == 1
    assert run.worker != "far/17"


def test_a_step_keeps_what_it_did_and_where_to_read_it(ctx, day, step):
    step()
    chores(3, due_on=later(-1))
    services.schedule("chore", [(DAY, 7, 70)])
    services.close_day(ctx)
    row = StepRun.objects.get()
    assert row.effects == [{"name": CHORE_DONE.name, "count": 4, "currency": "", "total": ""}]
    assert (row.due, row.late) == (4, 3)
    assert effects.events_of(f"close-{DAY}", row.first_event_id, row.last_event_id).count() == 4
    assert row.worked_at is not None


def test_a_dry_run_names_some_of_what_it_would_do(ctx, day, step):
    step()
    chores(60)
    (dry,) = services.close_day(ctx, dry_run=True)
    (effect,) = dry.steps[0].effects
    assert (effect.name, effect.count) == (CHORE_DONE.name, 60)
    assert len(dry.steps[0].examples) == 50
    assert not StepRun.objects.exists()


@pytest.fixture
def broken(step):
    """A step that fails on odd entries until mended."""
    faults = {1, 3, 5}

    def run(ctx, entries):
        for entry in entries:
            if entry.subject_id in faults:
                raise (KeyError if entry.subject_id == 5 else ValueError)
        return do_chores(ctx, entries)

    step(run)
    return faults


def test_what_is_set_aside_is_grouped_by_its_cause(ctx, day, broken):
    chores(6)
    services.close_day(ctx)
    groups = [(group.step, group.error.split()[0], group.count) for group in selectors.fault_groups()]
    assert groups == [("chores", "ValueError", 2), ("chores", "KeyError", 1)]


def test_a_group_is_tried_again_alone_and_then_all(ctx, day, broken):
    chores(6)
    services.close_day(ctx)
    tomorrow = ctx.on(later(1))
    broken -= {1, 3}
    group = selectors.fault_groups()[0]
    assert services.retry_many(tomorrow, like=group.example) == services.Retried(handled=2)
    assert services.retry_many(tomorrow) == services.Retried(failing=1)
    broken.clear()
    assert services.retry_many(tomorrow) == services.Retried(handled=1)
    assert not Quarantine.objects.filter(resolved_at=None).exists()
    assert refusal(lambda: services.retry_many(tomorrow)) == "nothing_set_aside"


def test_a_notice_is_up_between_its_times_until_it_is_taken_down(ctx, day):
    now = clock.now()
    hour = timedelta(hours=1)
    words = {"text_zh": "今晚停机", "text_en": "Down tonight"}
    up = services.put_up_banner(ctx, **words, from_at=now - hour, to_at=now + hour)
    services.put_up_banner(ctx, **words, from_at=now + hour, to_at=now + 2 * hour)
    assert banners.banners_up() == [(words["text_zh"], words["text_en"])]
    assert refusal(lambda: services.put_up_banner(ctx, **words, from_at=now, to_at=now)) == "banner_times_reversed"
    services.take_down_banner(ctx, up.pk)
    assert banners.banners_up() == []
    assert refusal(lambda: services.take_down_banner(ctx, up.pk)) == "banner_over"
    assert Banner.objects.count() == 2
