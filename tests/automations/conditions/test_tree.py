"""Any valid tree becomes a filter that agrees with a plain reading of it; anything else is refused and says why."""

import datetime as dt
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from automations.conditions import FIELDS, Asked, read
from automations.conditions.tree import MOST
from members.models import Club, CustomField, Member
from tests.automations.conditions.plain_reading import TODAY, fits
from tests.factories import NOW, ClubFactory, MemberFactory, VisitFactory

DAY = dt.timedelta(days=1)
GOLD = {"field": "membership_level", "operator": "is", "value": "Gold"}


# --- Trees and members to try it on -------------------------------------------------------------
WORDS = st.sampled_from(["Gold", "gold", "GOLD", "Basic", "É", "é", "50%", "a_b", "old", "'; --", "x"])
NUMBERS = st.integers(0, 40)
COMPARED = ["is", "at_least", "more_than", "at_most", "less_than"]


def a_rule(field: str, operators: list[str], **values: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"field": st.just(field), "operator": st.sampled_from(operators), **values}
    )  # fmt: skip


def about_a_number(field: str, *, may_be_empty: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    two = st.tuples(NUMBERS, NUMBERS).map(sorted)
    between = two.map(lambda ends: {"field": field, "operator": "between", "value": ends[0], "to": ends[1]})
    one = a_rule(field, COMPARED, value=NUMBERS)
    return one | between | a_rule(field, ["empty", "filled"]) if may_be_empty else one | between


DAYS = st.integers(-5, 60).map(lambda ago: (TODAY - ago * DAY).isoformat())
STATUSES = st.sampled_from(["active", "frozen", "canceled"])
RULES = st.one_of(
    a_rule("membership_level", ["is", "is_not", "contains"], value=WORDS),
    a_rule("membership_level", ["one_of"], value=st.lists(WORDS, min_size=1, max_size=5).map(", ".join)),
    a_rule("membership_level", ["empty", "filled"]),
    a_rule("membership_status", ["is", "is_not"], value=STATUSES),
    a_rule("membership_status", ["one_of"], value=st.lists(STATUSES, min_size=1, max_size=3)),
    a_rule("is_recurring", ["is"], value=st.sampled_from(["yes", "no"])),
    about_a_number("age"),
    about_a_number("days_away"),
    about_a_number("custom.size"),
    about_a_number("visits", may_be_empty=False).flatmap(
        lambda rule: st.integers(1, 40).map(lambda days: {**rule, "days": days})
    ),
    a_rule("joined_on", ["in_last", "ago"], days=st.integers(1, 60)),
    a_rule("joined_on", ["is", "before", "since"], value=DAYS),
    a_rule("joined_on", ["empty", "filled"]),
)
MATCHES = st.sampled_from(["all", "any"])
GROUPS = st.fixed_dictionaries({"match": MATCHES, "rules": st.lists(RULES, min_size=1, max_size=4)})
TREES = st.fixed_dictionaries(
    {"match": MATCHES, "rules": st.lists(RULES | GROUPS, min_size=1, max_size=5)}
)  # fmt: skip


@pytest.mark.long
class AnyValidTree(HypothesisTestCase):
    """Asked of a dozen members who differ in what the rules ask, those of whom nothing is known among them."""

    club: Club

    @classmethod
    def setUpTestData(cls) -> None:
        cls.club = ClubFactory()
        CustomField.objects.create(club=cls.club, name="size", label="Size", type="number")
        levels = ["Gold", "gold", "", "Basic", "É", "é", "50%", "a_b"]
        sizes: list[Any] = [None, 0, 7, 7.5, "7", True, 40, -1]
        statuses = ["active", "frozen", "canceled"]
        for number in range(16):
            custom = {} if sizes[number % 8] is None else {"size": sizes[number % 8]}
            member = MemberFactory(
                club=cls.club,
                membership_level=levels[number // 2],
                membership_status=statuses[number % 3],
                is_recurring=bool(number % 2),
                birthday_on=dt.date(2025 - 3 * number, 8 + number % 4, 1) if number % 5 else None,
                joined_on=TODAY - 4 * number * DAY if number % 4 else None,
                days_away=None if number % 6 == 0 else 3 * number,
                custom=custom,
            )
            if member.last_attended_at:
                for visit in range(number % 4 + 1):
                    VisitFactory(member=member, attended_at=member.last_attended_at - visit * 5 * DAY)

    @settings(max_examples=80)
    @given(tree=TREES)
    def test_it_finds_whom_a_plain_reading_finds(self, tree: dict[str, Any]) -> None:
        asked = Asked(self.club, NOW)
        stored = json.loads(json.dumps(tree))
        group = read(stored, asked, is_to_be_saved=True)
        members = list(
            Member.objects.filter(club=self.club).prefetch_related("visits").select_related("club")
        )
        found = set(Member.objects.filter(group.q(asked), club=self.club).values_list("pk", flat=True))
        assert found == {member.pk for member in members if fits(member, tree)}
        assert group.sentence(asked)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["match", "rules", "field", "operator", "value"]) | st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.long
@pytest.mark.django_db
@given(stored=JSON | st.fixed_dictionaries({"match": MATCHES | JSON, "rules": st.lists(JSON, max_size=3)}))
def test_whatever_else_is_stored_is_refused_in_words(stored: Any) -> None:
    try:
        read(stored, Asked(Club(pk=1), NOW))
    except ValidationError as refused:
        assert all(isinstance(said, str) and said for said in refused.messages)
    else:
        assert stored == {}


@pytest.mark.long
@pytest.mark.django_db
@settings(max_examples=60)
@given(field=st.sampled_from([one.kind for one in FIELDS]), value=st.none() | JSON)
def test_a_rule_with_a_strange_value_is_refused_or_can_be_asked(field: str, value: Any) -> None:
    asked = Asked(Club(pk=1, currency="USD"), NOW)
    for operator in FIELDS[field].operators():
        rule = {"field": field, "operator": operator.value, "value": value, "days": value, "to": value}
        names = {"field", "operator", *FIELDS[field].inputs(operator, asked.club)}
        rule = {name: said for name, said in rule.items() if name in names}
        stored = {"match": "all", "rules": [rule]}
        try:
            group = read(stored, asked)
        except ValidationError:
            continue
        if field != "segment":
            assert Member.objects.filter(group.q(asked)).count() == 0


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ([], "A group says “match” and “rules”, and nothing else."),
        ({"match": "all"}, "A group says “match” and “rules”, and nothing else."),
        ({"match": "none", "rules": [GOLD]}, "A group matches “all” or “any” of its rules."),
        ({"match": "all", "rules": []}, "A group needs at least one condition."),
        ({"match": "all", "rules": [GOLD, "x"]}, "Condition 2: is no rule with a field and an operator."),
        ({"match": "all", "rules": [{**GOLD, "field": "shoe"}]}, "Condition 1: there is no field “shoe”."),
        (
            {"match": "all", "rules": [{**GOLD, "operator": "at_least"}]},
            "Condition 1: “Level” cannot be compared by “at_least”.",
        ),
        (
            {"match": "all", "rules": [{**GOLD, "value": ""}]},
            "Condition 1: Level, value: This field is required.",
        ),
        (
            {"match": "all", "rules": [{**GOLD, "values": 1}]},
            "Condition 1: “values” is nothing that it takes.",
        ),
        ({"match": "all", "rules": [GOLD] * (MOST + 1)}, "More than 40 conditions are too many."),
        (
            {
                "match": "all",
                "rules": [{"match": "any", "rules": [{"match": "all", "rules": [GOLD]}]}],
            },
            "A group inside a group has no groups of its own.",
        ),
    ],
)
@pytest.mark.django_db
def test_it_says_what_is_wrong_and_where(stored: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(stored, Asked(ClubFactory(), NOW))
    assert refused.value.messages == [said]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["size' OR 1=1 --", 'size"', "size.x", "$.size", "a]b", "%s", "SIZE", "", "size\x00", "_x"]
)
def test_no_name_of_a_field_becomes_sql(name: str) -> None:
    club = ClubFactory()
    rule = {"field": f"custom.{name}", "operator": "filled"}
    with pytest.raises(ValidationError, match="there is no field"):
        read({"match": "all", "rules": [rule]}, Asked(club, NOW))
    # Not even one that got past the form.
    CustomField.objects.create(club=club, name=name.replace("\x00", "") or "x", label="x", type="number")
    MemberFactory(club=club)
    asked = Asked(Club.objects.get(pk=club.pk), NOW)
    try:
        group = read({"match": "all", "rules": [rule]}, asked)
    except ValidationError:
        return
    sql = str(Member.objects.filter(group.q(asked)).query.sql_with_params()[0])
    assert "OR 1=1" not in sql
    assert Member.objects.filter(group.q(asked)).count() == 0
    assert connection.is_usable()
