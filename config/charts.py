"""Small charts as SVG: no script, the page's own colors, readable in print and by ear."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 720, 130


@dataclass(frozen=True)
class Column:
    """One stack: its values from the bottom up, and what a pointer is told."""

    values: Sequence[int]
    tooltip: str


def stacked_bars(
    columns: Sequence[Column], kinds: Sequence[str], summary: str, ticks: Sequence[str] = (), top: str = ""
) -> SafeString:
    """Bars side by side; each part bears the class `rollcall-bar-KIND`, from which it takes its color.

    The words stand outside the drawing, so that they stay legible however narrow it gets. `top` names the highest
    column's value, where that is more than a number.
    """
    highest = max((sum(column.values) for column in columns), default=0)
    step = WIDTH / max(len(columns), 1)
    bars = ((_bar(column, kinds, n * step, step, highest),) for n, column in enumerate(columns))
    return format_html(
        '<figure class="rollcall-chart"><span aria-hidden="true">{}</span>'
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '{}<path d="M0 {}H{}" stroke="currentColor" fill="none" vector-effect="non-scaling-stroke"/></svg>'
        '<div class="rollcall-ticks" aria-hidden="true">{}</div></figure>',
        top or f"{highest:,}" if highest else "",
        WIDTH,
        HEIGHT,
        summary,
        format_html_join("", "{}", bars),
        HEIGHT - 0.5,
        WIDTH,
        format_html_join("", "<span>{}</span>", ((tick,) for tick in ticks)),
    )


def _bar(column: Column, kinds: Sequence[str], x: float, step: float, highest: int) -> SafeString:
    parts, top = [], float(HEIGHT)
    for kind, value in zip(kinds, column.values, strict=True):
        height = HEIGHT * value / highest if highest else 0
        top -= height
        if value:
            parts.append(
                (kind, f"{x + step * 0.12:.1f}", f"{top:.2f}", f"{step * 0.76:.1f}", f"{height:.2f}")
            )
    # The whole column answers to a pointer, also where nothing stands.
    return format_html(
        '<g><title>{}</title><rect x="{}" y="0" width="{}" height="{}" fill="transparent"/>{}</g>',
        column.tooltip,
        f"{x:.1f}",
        f"{step:.1f}",
        HEIGHT,
        format_html_join("", '<rect class="rollcall-bar-{}" x="{}" y="{}" width="{}" height="{}"/>', parts),
    )
