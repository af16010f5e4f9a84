"""The page that tells what became of messages: by workflow, template, wording, channel and month, with charts, cost and files."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.charts import Column, stacked_bars
from config.dashboard.clubs import chosen_clubs
from config.outcome_files import MILLION, csv_file, json_file, reason_of
from members.models import Club
from members.rules.days import DAY
from members.rules.wording import (
    DEFAULT_LOCALE,
    day_in_words,
    day_of_year_in_words,
    short_instant,
    small_money_in_words,
)
from messaging.admin.origins import origin_choices, plain
from messaging.models import Channel, MessageTemplate
from messaging.reports.outcomes import (
    Asked,
    Outcomes,
    counted_between,
    outcomes_by,
    outcomes_by_day,
    total,
)

VIEWS = {
    "origin": gettext_lazy("By workflow"),
    "template": gettext_lazy("By template"),
    "variant": gettext_lazy("By wording"),
    "channel": gettext_lazy("By channel"),
    "month": gettext_lazy("By month"),
}
DAYS, MOST_DAYS = 30, 3 * 366
KINDS = {
    "sent": gettext_lazy("arrived, or nothing was told of it"),
    "failed": gettext_lazy("did not arrive"),
    "unknown": gettext_lazy("may or may not have left"),
}
SHARES = ("delivered", "opened", "clicked", "replied", "opted_out", "came_back")


class Question(forms.Form):
    """What to tell, from the address."""

    by = forms.ChoiceField(choices=list(VIEWS.items()), required=False)
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)
    channel = forms.ChoiceField(choices=[("", ""), *Channel.choices], required=False)
    origin = forms.CharField(max_length=60, required=False)
    template = forms.IntegerField(min_value=0, required=False)
    variant = forms.RegexField(r"^[A-Z]$", required=False)
    format = forms.ChoiceField(choices=[("", ""), ("csv", "csv"), ("json", "json")], required=False)


def outcomes(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("messaging.view_message"):  # type: ignore[union-attr]
        raise PermissionDenied
    now = timezone.now()
    choice = chosen_clubs(request)
    form = Question(request.GET)
    # What an address says that cannot be is left out: each part has a meaning without it.
    form.is_valid()
    said = form.cleaned_data
    last = said.get("last") or max((club.today(now) for club in choice.clubs), default=now.date())
    first = max(said.get("first") or last - (DAYS - 1) * DAY, last - MOST_DAYS * DAY)
    by = said.get("by") or "origin"
    asked = Asked(
        clubs=choice.clubs,
        first=min(first, last),
        last=last,
        channel=said.get("channel") or "",
        origin=said.get("origin") or "",
        template=said.get("template"),
        variant=said.get("variant") or "",
        is_compared=by == "variant",
    )
    found = outcomes_by(asked, by)
    names = _names(by, found, asked)
    if said.get("format") == "csv":
        return csv_file(found, names, asked, by)
    if said.get("format") == "json":
        return json_file(found, names, asked, by)
    return render(request, "admin/outcomes.html", _page(request, choice, asked, by, found, names))


def _page(
    request: HttpRequest, choice: Any, asked: Asked, by: str, found: Sequence[Outcomes], names: dict[Any, str]
) -> dict[str, Any]:
    locale = _locale(asked.clubs)
    everything = total(found)
    counted_from, counted_at = counted_between(asked.clubs)
    months = outcomes_by(replace(asked, first=asked.last - 366 * DAY), "month")
    query = request.GET.copy()
    for name in ("by", "format"):
        query.pop(name, None)
    return {
        **admin.site.each_context(request),
        "title": _("What became of messages"),
        "choice": choice,
        "asked": asked,
        "by": by,
        "views": [(key, words, f"?{_with(query, by=key)}") for key, words in VIEWS.items()],
        "files": [(form.upper(), f"?{_with(query, by=by, format=form)}") for form in ("csv", "json")],
        "channels": Channel.choices,
        "origin_name": _origins(asked.clubs).get(asked.origin, plain(asked.origin)) if asked.origin else "",
        "template_name": ""
        if asked.template is None
        else _templates([asked.template], asked.clubs)[asked.template],
        "chart": _daily_chart(asked, locale),
        "legend": list(KINDS.items()),
        "costs": _cost_chart(months, locale) if any(one["billed"] for one in months) else "",
        "cost_rows": [
            (_month(one.key), _money(one["cost"], locale), one["billed"]) for one in months if one["billed"]
        ],
        "rows": [_row(one, names.get(one.key, ""), locale) | _only(one, by) for one in found],
        "total": _row(everything, str(_("Together")), locale) if len(found) > 1 else None,
        "reasons": [(reason_of(code), number) for code, number in everything.reasons.items()],
        "counted_from": day_in_words(counted_from, locale) if counted_from else "",
        "counted_at": short_instant(counted_at, asked.clubs[0].zone, locale) if counted_at else "",
        "address": reverse("outcomes"),
    }


def _names(by: str, found: Sequence[Outcomes], asked: Asked) -> dict[Any, str]:
    if by == "month":
        return {one.key: _month(one.key) for one in found}
    if by == "channel":
        return {one.key: str(Channel(one.key).label) for one in found}
    if by == "template":
        templates = _templates([one.key for one in found], asked.clubs)
        return {one.key: templates[one.key] for one in found}
    known_origins = _origins(asked.clubs)
    if by == "variant":
        templates = _templates(
            [number for _origin, number, _letter in (one.key for one in found)], asked.clubs
        )
        return {
            (
                origin,
                number,
                letter,
            ): f"{known_origins.get(origin, plain(origin))}, {letter}: {templates[number]}"
            for origin, number, letter in (one.key for one in found)
        }
    return {one.key: known_origins.get(one.key, plain(one.key)) for one in found}


def _templates(numbers: Sequence[int], clubs: Sequence[Club]) -> dict[int, str]:
    """The name of each."""
    templates = MessageTemplate.objects.filter(pk__in=numbers, club__in=clubs)
    return dict.fromkeys(numbers, str(_("Template deleted"))) | dict(templates.values_list("pk", "name"))


def _only(one: Outcomes, by: str) -> dict[str, str]:
    """Where a row leads: a workflow to its templates, a wording to its months."""
    if by == "origin" and one.key:
        return {"only": urlencode({"by": "template", "origin": one.key})}
    if by == "variant":
        origin, template, letter = one.key
        return {"only": urlencode({"by": "month", "origin": origin, "template": template, "variant": letter})}
    return {}


def _origins(clubs: Sequence[Club]) -> dict[str, str]:
    return dict(origin_choices([club.pk for club in clubs]))


def _row(one: Outcomes, name: str, locale: str) -> dict[str, Any]:
    return {
        "key": one.key,
        "name": name,
        "sent": one["sent"],
        "failed": one["failed"],
        "unknown": one["unknown"],
        "shares": [(one[figure], _percent(one.share(figure))) for figure in SHARES],
        "cost": _money(one["cost"], locale) if one["billed"] else "",
        "is_partly_billed": 0 < one["billed"] < one["sent"],
        "per_return": "" if one.cost_per_return is None else _money(one.cost_per_return, locale),
    }


def _daily_chart(asked: Asked, locale: str) -> Any:
    by_day = outcomes_by_day(asked)
    days = [asked.first + n * DAY for n in range((asked.last - asked.first).days + 1)]
    columns = []
    for day in days:
        one = by_day.get(day, Outcomes(None, {}))
        # What came back from the provider is among those sent.
        arrived = max(0, one["sent"] - one["failed"])
        numbers = [arrived, one["failed"], one["unknown"]]
        columns.append(Column(numbers, f"{day_in_words(day, locale)}: {_numbers_in_words(numbers)}"))
    sums = [sum(column.values[n] for column in columns) for n in range(len(KINDS))]
    summary = _("Messages per day: %(numbers)s. The table below has the same in numbers.") % {
        "numbers": _numbers_in_words(sums)
    }
    ticks = [day_of_year_in_words(day, locale) for day in (days[0], days[len(days) // 2], days[-1])]
    return stacked_bars(columns, list(KINDS), summary, ticks)


def _cost_chart(months: Sequence[Outcomes], locale: str) -> Any:
    columns = [Column([one["cost"]], f"{_month(one.key)}: {_money(one['cost'], locale)}") for one in months]
    said = ", ".join(column.tooltip for column in columns)
    summary = _("What was billed per month: %(numbers)s.") % {"numbers": said}
    ticks = [_month(months[0].key), _month(months[-1].key)] if len(months) > 1 else [_month(months[0].key)]
    top = _money(max(one["cost"] for one in months), locale)
    return stacked_bars(columns, ["sent"], summary, ticks, top)


def _numbers_in_words(numbers: Sequence[int]) -> str:
    said = [f"{number:,} {words}" for words, number in zip(KINDS.values(), numbers, strict=True) if number]
    return ", ".join(said) or _("nothing")


def _percent(share: float | None) -> str:
    if share is None:
        return ""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def _money(millionths: int, locale: str) -> str:
    """In dollars, since that is what AWS bills in; to the cent, more exactly below a dollar, and in full below a cent."""
    step = 10_000 if millionths >= MILLION else 100 if millionths >= 10_000 else 1
    return small_money_in_words(round(millionths / step) * step, "USD", locale)


def _month(day: dt.date) -> str:
    return f"{day:%Y-%m}"


def _locale(clubs: Sequence[Club]) -> str:
    locales = {club.locale for club in clubs}
    return locales.pop() if len(locales) == 1 else DEFAULT_LOCALE


def _with(query: Any, **more: str) -> str:
    changed = query.copy()
    for name, value in more.items():
        changed[name] = value
    return str(changed.urlencode())
