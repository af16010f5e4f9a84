"""The printed table: each figure of ours beside its rival's, their ratio, and whether it is within reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Line:
    """`reach` bounds the ratio: from above for seconds, from below where `more_is_better`."""

    what: str
    ours: str
    rival: str = ""
    ratio: float | None = None
    reach: float | None = None
    more_is_better: bool = False

    @property
    def verdict(self) -> str:
        if self.ratio is None or self.reach is None:
            return ""
        reached = self.ratio >= self.reach if self.more_is_better else self.ratio <= self.reach
        return "reached" if reached else "MISSED"

    @property
    def bound(self) -> str:
        return "" if self.reach is None else f"{'≥' if self.more_is_better else '≤'} {self.reach:g}"


@dataclass
class Report:
    console: Console = field(default_factory=lambda: Console(width=110))
    lines: list[Line] = field(default_factory=list)

    def table(self, title: str, lines: Sequence[Line], rival: str) -> None:
        table = Table(title=title, title_justify="left", title_style="bold")
        for heading in ("", "Rollcall", rival, "ratio", "reach", ""):
            table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
        for line in lines:
            ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
            table.add_row(line.what, line.ours, line.rival, ratio, line.bound, line.verdict)
        self.console.print(table)
        self.lines += lines

    def say(self, text: str) -> None:
        self.console.print(text, style="dim", highlight=False)

    @property
    def missed(self) -> int:
        return sum(line.verdict == "MISSED" for line in self.lines)


def compared(what: str, ours: list[float], rival: list[float], reach: float | None) -> Line:
    """Seconds against seconds. The ratio is that of the medians."""
    a, b = median(ours), median(rival)
    return Line(what, f"{a:.3f} s", f"{b:.3f} s", a / b, reach)


def taking_turns(sides: Sequence[Callable[[], None]], rounds: int) -> None:
    """Each side in each round, the first of one round last in the next, so that drift hits all alike."""
    for n in range(rounds):
        for side in sides if n % 2 == 0 else reversed(sides):
            side()
