"""The reasons behind a retention risk, in sentences with their numbers."""

import pytest

from members.reports.risk import explain_risk, reason_of
from members.rules.risk import Risk
from tests.factories import NOW, MemberFactory


def risk(**values):
    told = {"gap": 12, "usual": 3.2, "recent": 2, "earlier": 30, "no_shows": 2, "silent": 2}
    return Risk(1, 0.7, (), **told | values)


@pytest.mark.parametrize(
    ("code", "values", "words"),
    [
        ("gap", {}, "Usually comes every 3 days, now 12 days ago."),
        ("gap", {"usual": 2.0}, "Usually comes every 2 days, now 12 days ago."),
        ("gap", {"usual": None}, "Last came 12 days ago."),
        ("gap", {"usual": None, "gap": 1}, "Last came 1 day ago."),
        ("fewer", {}, "Came 2 times in 30 days, before that 30 in 90."),
        ("fewer", {"recent": 1}, "Came 1 time in 30 days, before that 30 in 90."),
        ("fewer", {"gap": 30}, "Did not come for a month."),
        ("new", {}, "Joined not long before the last visit."),
        ("owes", {}, "Something is past due."),
        ("no_shows", {}, "Missed 2 booked classes lately without canceling."),
        ("no_shows", {"no_shows": 1}, "Missed 1 booked class lately without canceling."),
        ("silent", {}, "Answered none of the last 2 texts."),
        ("silent", {"silent": 1}, "Did not answer the last text."),
    ],
)
def test_each_reason_says_its_numbers(code, values, words):
    assert reason_of(code, risk(**values)) == words


@pytest.mark.django_db
def test_every_reason_that_is_kept_has_its_words():
    found = explain_risk(MemberFactory(days_away=60), NOW)
    assert [reason_of(code, found) for code in found.reasons] == [
        "Last came 60 days ago.",
        "Did not come for a month.",
    ]
