"""Effects on a page: what a night did or would do, counted, summed and by name of the policy (screen S18.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.audit.effects import Effect
from apps.audit.models import Event
from apps.audit.timeline import outline, sentence
from apps.core.admin import Column, Table, money, names_of, page_at
from apps.operations.close import DayResult, StepResult

from .progress import Progress, step_label

POLICY = "policies.policy"


@dataclass(frozen=True)
class Line:
    """One kind of effect of one step."""

    step: str
    effect: Effect
    examples: Sequence[Event] = ()

    @property
    def what(self) -> str:
        return outline(self.effect.name)

    @property
    def amount(self) -> str:
        return money(Decimal(self.effect.total), self.effect.currency) if self.effect.total else ""


LINES = (
    Column(_("Step"), lambda line: step_label(line.step)),
    Column(_("What happens"), "what"),
    Column(_("Count"), lambda line: line.effect.count, numeric=True),
    Column(_("Amount"), "amount", numeric=True),
)


def lines(steps: Iterable[tuple[str, Iterable[Effect]]]) -> list[Line]:
    return [Line(step, effect) for step, effects in steps for effect in effects]


def policy_link(policy_id: int | None, numbers: dict[int, str]) -> str:
    """The policy by its number for those who may see it, else by its id alone."""
    if policy_id is None:
        return ""
    if policy_id not in numbers:
        return f"#{policy_id}"
    return format_html('<a href="{}">{}</a>', page_at(POLICY, policy_id), numbers[policy_id])


def dry_run(user, result: DayResult) -> tuple[list[Progress], Table]:
    """One day of a dry run: its steps, and its effects with the policies the reader may see."""
    shown = [line for step in result.steps for line in _with_examples(step)]
    numbers = names_of(POLICY, user, {each.policy_id for line in shown for each in line.examples if each.policy_id})
    examples = Column(_("For example"), lambda line: _examples(line, numbers))
    steps = [Progress(str(step.label), "", step.due, step.done, step.skipped, step.failed) for step in result.steps]
    return steps, Table((*LINES, examples), shown, empty=_("Nothing would happen."))


def _with_examples(step: StepResult) -> list[Line]:
    return [
        Line(step.step, effect, [event for event in step.examples if event.name == effect.name])
        for effect in step.effects
    ]


def _examples(line: Line, numbers: dict[int, str]) -> str:
    seen = [event for event in line.examples if event.policy_id in numbers]
    if not seen:
        return ""
    rows = format_html_join("", "<li>{} {}</li>", ((policy_link(e.policy_id, numbers), sentence(e)) for e in seen))
    label = _now("Show {n}").format(n=len(seen))
    return format_html('<details class="examples"><summary>{}</summary><ul>{}</ul></details>', label, rows)
