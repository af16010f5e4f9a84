"""What is said of bookings: in messages, in explanations, in the preview and in a workflow's sentence."""

import pytest

from automations.engine.classification import Question
from automations.engine.evaluation import evaluate_members
from automations.engine.explanation import explain
from automations.reports.preview import preview
from automations.rules.sentences import workflow_sentence
from automations.triggers import TRIGGERS
from members.models import Member
from members.rules.days import AwayClock
from tests.automations.triggers.booked import (
    DAY,
    HOUR,
    STATUS,
    happening,
    workflow_for,
)
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(club):
    return MemberFactory(club=club)


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en_GB", "Tue 2 September 2025, 22:00"), ("en_US", "Tue September 2, 2025, 10:00 PM")],
)
def test_a_message_says_the_class_and_its_hour_in_the_clubs_words(locale, said):
    club = ClubFactory(time_zone="Pacific/Auckland", locale=locale)
    member = MemberFactory(club=club)
    booking = happening("booking_created", member, session={"name": "Yoga"})
    name = f"booking:{booking.pk}:whenever"
    values = TRIGGERS["booking_created"].contexts({name}, AwayClock.of(club, NOW))[name]
    assert values == {"class_name": "Yoga", "class_starts_at": said}


def test_the_values_of_many_cost_one_query(club, django_assert_num_queries):
    members = MemberFactory.create_batch(3, club=club)
    names = {f"booking:{happening('booking_created', one).pk}" for one in members}
    clock = AwayClock.of(club, NOW)
    for some in (set(list(names)[:1]), names):
        with django_assert_num_queries(1):
            assert len(TRIGGERS["booking_created"].contexts(some, clock)) == len(some)
        with django_assert_num_queries(1):
            TRIGGERS["booking_created"].over(club, NOW, {}, some)


@pytest.mark.parametrize("kind", STATUS)
def test_an_explanation_says_why_and_when(club, member, kind):
    workflow = workflow_for(club, kind)
    nothing = explain(member, workflow, now=NOW)
    assert (nothing.decided, nothing.next_at) == ("no_occasion", None)
    assert "31 days" in nothing.why
    assert [(gate.reason, gate.seen) for gate in nothing.gates if not gate.passes] == [
        ("no_occasion", "nothing of the kind")
    ]
    happening(kind, member)
    due = explain(member, workflow, now=NOW)
    assert (due.decided, due.next_at) == ("due", NOW)
    assert "1 September 2025" in due.why
    assert "unless" in due.what_next
    evaluate_members(workflow, [member.pk], now=NOW)
    done = explain(member, workflow, now=NOW)
    assert (done.decided, done.next_at) == ("cooldown", None)
    assert "another booking would count" in done.what_next


@pytest.mark.parametrize("kind", STATUS)
def test_a_preview_shows_who_just_is_and_who_just_is_not(club, kind):
    for name, ago in (("Ana", 2 * DAY), ("Ben", HOUR), ("Cleo", 5 * DAY), ("Dan", 9 * DAY)):
        happening(kind, MemberFactory(club=club, first_name=name), ago)
    MemberFactory(club=club)
    seen = preview(Question(workflow_for(club, kind), NOW))
    assert [(one.first_name, one.says) for one in seen.just_in] == [("Ben", "today"), ("Ana", "2 days ago")]
    assert [(one.first_name, one.says) for one in seen.just_out] == [
        ("Cleo", "5 days ago"),
        ("Dan", "9 days ago"),
    ]
    assert {group.reason: group.count for group in seen.skipped} == {"missed": 2, "no_occasion": 1}


@pytest.mark.parametrize("kind", STATUS)
def test_its_sentence_tells_what_it_is_limited_to(club, kind):
    plain = workflow_for(club, kind)
    assert workflow_sentence(plain).startswith("When")
    plain.trigger_params = {"only_first": True, "class_name": "yoga"}
    said = workflow_sentence(plain)
    assert "first" in said
    assert "whose name contains “yoga”" in said


@pytest.mark.parametrize("kind", STATUS)
def test_whom_an_index_finds_are_those_who_may_be_due(club, member, kind):
    happening(kind, member)
    MemberFactory(club=club)
    asked = Question(workflow_for(club, kind), NOW).occurrences
    assert list(Member.objects.filter(asked.may_be_due)) == [member]
