"""What became of messages as a file: CSV and JSON, with the exact cost and the reasons in words."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from members.transfer.formulas import guarded
from messaging.operations.outcome_days import NOT_TAKEN, NOT_WRITTEN
from messaging.reports.outcomes import FIGURES, Asked, Outcomes
from messaging.rules.receipt_reasons import reason_in_words

OWN_REASONS = {
    NOT_TAKEN: gettext_lazy("The provider did not take it"),
    NOT_WRITTEN: gettext_lazy("It could not be put into words"),
}
MILLION = 1_000_000


def reason_of(code: str) -> str:
    return str(OWN_REASONS[code]) if code in OWN_REASONS else reason_in_words(code)


def csv_file(found: Sequence[Outcomes], names: Mapping[Any, str], asked: Asked, by: str) -> HttpResponse:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([by, *FIGURES, "cost_usd", "cost_per_return_usd", "reasons"])
    for one in found:
        reasons = "; ".join(f"{reason_of(code)}: {number}" for code, number in one.reasons.items())
        numbers = [str(one[figure]) for figure in FIGURES]
        cells = [names[one.key], *numbers, _usd(one["cost"]), _usd(one.cost_per_return), reasons]
        writer.writerow([guarded(cell) for cell in cells])
    return _file(text.getvalue(), "text/csv; charset=utf-8", f"outcomes-{asked.last}.csv")


def json_file(found: Sequence[Outcomes], names: Mapping[Any, str], asked: Asked, by: str) -> HttpResponse:
    rows = [
        {
            by: names[one.key],
            **{figure: one[figure] for figure in FIGURES},
            "cost_usd": _usd(one["cost"]),
            "cost_per_return_usd": _usd(one.cost_per_return),
            "reasons": dict(one.reasons),
        }
        for one in found
    ]
    told = {"first": str(asked.first), "last": str(asked.last), "rows": rows}
    text = json.dumps(told, ensure_ascii=False, indent=2)
    return _file(text, "application/json", f"outcomes-{asked.last}.json")


def _usd(millionths: int | None) -> str:
    """Exactly, as a decimal number."""
    return "" if millionths is None else f"{millionths // MILLION}.{millionths % MILLION:06}"


def _file(text: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        text, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
