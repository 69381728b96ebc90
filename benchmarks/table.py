"""The table of figures: a measure, ours, the baseline beside it, their ratio and the target."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("measure", "ours", "baseline", "ratio", "target", "")


@dataclass(frozen=True)
class Row:
    """One line. ``kept`` is None where there is no target, and the figure is only told."""

    measure: str
    ours: str
    baseline: str = ""
    ratio: str = ""
    target: str = ""
    kept: bool | None = None

    def cells(self) -> tuple[str, ...]:
        verdict = {None: "", True: "ok", False: "missed"}[self.kept]
        return self.measure, self.ours, self.baseline, self.ratio, self.target, verdict


def at_least(measure: str, ours: float, baseline: float, target: float, unit: str = "s") -> Row:
    """How many times faster we are: the baseline's seconds over ours."""
    ratio = baseline / ours
    return Row(measure, _told(ours, unit), _told(baseline, unit), f"{ratio:.1f}×", f"≥ {target:g}×", ratio >= target)


def at_most(measure: str, ours: float, baseline: float, target: float, unit: str = "s") -> Row:
    """How many times the baseline we need."""
    ratio = ours / baseline
    return Row(measure, _told(ours, unit), _told(baseline, unit), f"{ratio:.2f}×", f"≤ {target:g}×", ratio <= target)


def within(measure: str, ours: float, baseline: float, tolerance: float, unit: str) -> Row:
    """As much as the baseline, more or less."""
    ratio = ours / baseline
    kept = abs(ratio - 1) <= tolerance
    return Row(measure, _told(ours, unit), _told(baseline, unit), f"{ratio:.2f}×", f"±{tolerance:.0%}", kept)


def limit(measure: str, ours: float, target: float, unit: str) -> Row:
    """An absolute bound."""
    return Row(measure, _told(ours, unit), "", "", f"≤ {_told(target, unit)}", ours <= target)


def markdown(rows: Iterable[Row]) -> str:
    """As a table of Markdown, which a terminal shows as well."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _told(value: float, unit: str) -> str:
    digits = 0 if unit in ("rows", "/s") else 2 if value < 10 else 1
    return f"{value:,.{digits}f} {unit}".strip()
