"""Each field says each of its questions and answers in words."""

import datetime as dt
from typing import Any

import pytest

from automations.conditions import Asked, fields_of, read
from automations.conditions.base import RuleForm
from members.models import CustomField, Member
from tests.automations.conditions.test_fields import rule
from tests.factories import NOW, ClosureFactory, MemberFactory

pytestmark = pytest.mark.django_db


def test_every_field_says_each_of_its_questions_and_answers_in_words() -> None:
    member = MemberFactory(days_away=3)
    for type in CustomField.Type.values:
        CustomField.objects.create(club=member.club, name=type, label=type, type=type)
    member.club.segments.create(slug="all", name="All", conditions=rule("stage", "is", value="member"))
    asked = Asked(member.club, NOW)
    sample = {"days": 3, "value": 3, "to": 4}
    for field in fields_of(asked):
        for operator in field.operators():
            form = RuleForm(field, operator, {}, club=member.club)
            given = {name: _fitting(form.fields[name], sample[name]) for name in form.fields}
            group = read(rule(field.kind, operator.value, **given), asked)
            (one,) = group.rules
            seen = Member.objects.annotate(seen=one.field.value(one.given, asked)).get(pk=member.pk).seen
            said = [one.sentence(asked), one.field.failed(operator, seen, one.given, asked)]
            assert all(words and "%(" not in words and "…" not in words for words in said), (field, operator)
            assert not said[0].endswith(" ")


def test_days_away_name_the_closed_days_that_do_not_count() -> None:
    member = MemberFactory(days_away=9)
    ClosureFactory(club=member.club, starts_on=dt.date(2025, 8, 30), reopens_on=dt.date(2025, 8, 31))
    asked = Asked(member.club, NOW)
    (one,) = read(rule("days_away", "at_least", value=15), asked).rules
    shown = [one.field.shown(seen, one.given, asked) for seen in (member.last_attended_at, None)]
    assert shown == ["8 (1 closed day not counted)", "not known"]


def _fitting(field: Any, number: int) -> Any:
    from django import forms

    if isinstance(field, forms.MultipleChoiceField):
        return [value for value, _label in field.choices][:1] or ["anna"]
    if isinstance(field, forms.ChoiceField):
        return [value for value, _label in field.choices][-1] or "anna"
    if isinstance(field, forms.DateField):
        return f"2025-09-0{number}"
    if isinstance(field, forms.CharField):
        return "Gold"
    return min(number, field.max_value)
