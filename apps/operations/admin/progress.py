"""How far a close has come (screen S18.1): steps behind us, at work and ahead, with rate and time left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Column, badge
from apps.operations import registry
from apps.operations.models import Run, StepRun
from apps.operations.states import RunStatus

TONES = {RunStatus.RUNNING: "busy", RunStatus.DONE: "good", RunStatus.FAILED: "bad"}
MINUTE = 60


def state(row: Run | StepRun) -> str:
    return badge(row.get_status_display(), TONES[RunStatus(row.status)])


def step_label(name: str) -> str:
    return str(registry.STEPS[name].label) if name in registry.STEPS else name


@dataclass(frozen=True)
class Progress:
    """One step, or all of them. ``due`` of a step ahead is what the agenda holds for it at this moment."""

    name: str
    state: str
    due: int = 0
    done: int = 0
    skipped: int = 0
    failed: int = 0
    late: int = 0
    seconds: float = 0.0

    @property
    def left(self) -> int:
        return max(0, self.due - self.done - self.skipped - self.failed)

    @property
    def rate(self) -> int | None:
        """Entries a second, while at work; pauses are not counted."""
        return round((self.done + self.failed) / self.seconds) if self.seconds >= 0.05 and self.done else None

    @property
    def bar(self) -> str:
        """How much of what was due is behind us."""
        if not self.due:
            return ""
        behind = min(self.due, self.due - self.left)
        text = f"{behind:,} / {self.due:,}"
        return format_html('<progress max="{}" value="{}" aria-label="{}">{}</progress>', self.due, behind, text, text)


def duration(seconds: float | None) -> str:
    """``2 min 5 s``, ``1 h 02 min``; shorter ones with a tenth."""
    if seconds is None:
        return ""
    if seconds < 10:
        return _now("{n} s").format(n=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), MINUTE)
    hours, minutes = divmod(minutes, MINUTE)
    if hours:
        return _now("{h} h {m} min").format(h=hours, m=minutes)
    return _now("{m} min {s} s").format(m=minutes, s=rest) if minutes else _now("{n} s").format(n=rest)


def lasted(run: Run) -> str:
    """From the first start to the end, pauses and takeovers included."""
    return duration((run.ended_at - run.started_at).total_seconds()) if run.ended_at else ""


def behind_us(row: StepRun) -> Progress:
    counts = (row.due, row.done, row.skipped, row.failed, row.late)
    return Progress(step_label(row.step), state(row), *counts, seconds=row.seconds)


def all_steps(rows: Sequence[StepRun], ahead: Mapping[str, int] | None = None) -> list[Progress]:
    """The steps of a run; with ``ahead`` (due entries by kind) also those that have not begun."""
    begun = {row.step for row in rows}
    steps = [behind_us(row) for row in rows]
    if ahead is not None:
        waiting = badge(_("Ahead"))
        steps += [
            Progress(str(step.label), waiting, due=ahead.get(step.kind, 0))
            for step in registry.in_order()
            if step.name not in begun
        ]
    return steps


def in_total(steps: Sequence[Progress]) -> Progress:
    numbers = {
        name: sum(getattr(step, name) for step in steps)
        for name in ("due", "done", "skipped", "failed", "late", "seconds")
    }
    return Progress("", "", **numbers)


def time_left(total: Progress) -> str:
    """How long the rest takes at the pace so far; nothing before there is a pace."""
    pace = (total.done + total.failed) / total.seconds if total.seconds >= 1 else 0
    return duration(timedelta(seconds=total.left / pace).total_seconds()) if pace and total.left else ""


COLUMNS = (
    Column(_("Step"), "name"),
    Column(_("State"), "state"),
    Column(_("Due"), "due", numeric=True),
    Column(_("Done"), "done", numeric=True),
    Column(_("Skipped"), "skipped", numeric=True),
    Column(_("Failed"), "failed", numeric=True),
    Column(_("Still to do"), "left", numeric=True),
    Column(_("Late"), "late", numeric=True),
    Column(_("Per second"), "rate", numeric=True),
    Column(_("Time at work"), lambda step: duration(step.seconds)),
    Column(_("Progress"), "bar"),
)
DRY_RUN = (COLUMNS[0], *COLUMNS[2:6])
