"""Which of a question's conditions members fit, with the values seen: for the explanation and the log."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from automations.conditions import Asked, Group, Rule
from automations.conditions.base import true_of
from automations.engine.classification import Question
from members.models import Member


@dataclass(frozen=True)
class Seen:
    """What one rule said of one member, and the value that it saw."""

    fits: bool
    value: Any


@dataclass(frozen=True)
class Part:
    """One of the outermost conditions: what it asks, what was seen, and why a member does not fit, if so."""

    asks: str
    seen: str
    why_not: str


def parts_of(question: Question, member_id: int) -> list[Part]:
    """Of one member, one query; nothing without conditions."""
    seen = _seen(question, [member_id])
    return _parts(question.conditions, iter(seen[member_id]), question.asked) if seen else []


def whys_unfit(question: Question, member_ids: Collection[int]) -> dict[int, str]:
    """A sentence for each of these who did not fit when it was asked: the first condition that fails. One query.

    The facts are those of now, since older ones are not kept.
    """
    whys: dict[int, str] = {}
    asked = question.asked
    for pk, seen in _seen(question, member_ids).items():
        failed = [part.why_not for part in _parts(question.conditions, iter(seen), asked) if part.why_not]
        if failed:
            whys[pk] = f"{failed[0]}."
        else:
            words = {"conditions": question.conditions.sentence(asked)}
            whys[pk] = _("When it was asked, this was not so: %(conditions)s. It is now.") % words
    return whys


def _seen(question: Question, member_ids: Collection[int]) -> dict[int, list[Seen]]:
    rules = list(question.conditions.leaves())
    if not rules or not member_ids:
        return {}
    columns: dict[str, Any] = {}
    for n, rule in enumerate(rules):
        columns[f"fits_{n}"] = true_of(rule.q(question.asked))
        columns[f"value_{n}"] = rule.field.value(rule.given, question.asked)
    members = Member.objects.filter(club=question.workflow.club_id, pk__in=member_ids).order_by()
    return {
        pk: [Seen(bool(fits), value) for fits, value in zip(found[::2], found[1::2], strict=True)]
        for pk, *found in members.annotate(**columns).values_list("pk", *columns)
    }


def _parts(group: Group, seen: Iterator[Seen], asked: Asked) -> list[Part]:
    parts = [_part(rule, seen, asked) for rule in group.rules]
    return parts if group.match == "all" or len(parts) == 1 else [_joined(group, parts, asked)]


def _part(rule: Rule | Group, seen: Iterator[Seen], asked: Asked) -> Part:
    if isinstance(rule, Group):
        return _joined(rule, [_part(one, seen, asked) for one in rule.rules], asked)
    saw = next(seen)
    why_not = "" if saw.fits else rule.field.failed(rule.operator, saw.value, rule.given, asked)
    return Part(rule.sentence(asked), rule.field.shown(saw.value, rule.given, asked), why_not)


def _joined(group: Group, parts: list[Part], asked: Asked) -> Part:
    failed = [part.why_not for part in parts if part.why_not]
    if group.match == "all":
        why_not = failed[0] if failed else ""
    elif len(failed) < len(parts):
        why_not = ""
    else:
        why_not = failed[0] if len(failed) == 1 else _("Fits none: %(each)s") % {"each": "; ".join(failed)}
    return Part(group.sentence(asked), "; ".join(str(capfirst(part.seen)) for part in parts), why_not)
