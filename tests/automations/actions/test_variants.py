"""Wordings to compare: by shares, one for each member for good, told in the step, and counted by who came back."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automations.actions import ACTIONS
from automations.actions.variants import choose_variants, letter_for
from automations.models import StepRun, Variant
from automations.reports.variants import is_too_early, wordings_compared
from messaging.models import Message
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    StepRunFactory,
    VisitFactory,
    WorkflowFactory,
)

SEND = ACTIONS["send_message"]
BOTH = {"template": "kind", "share": 1, "template_b": "short", "share_b": 1}


@pytest.fixture
def step():
    workflow = WorkflowFactory()
    for slug in ("kind", "short"):
        MessageTemplateFactory(club=workflow.club, slug=slug)
    return StepFactory(workflow=workflow, action_params=BOTH)


def enrolled(step, number):
    return EnrollmentFactory.create_batch(number, workflow=step.workflow, step=step)


@given(
    step=st.integers(1, 2**40),
    member=st.integers(1, 2**40),
    shares=st.dictionaries(st.sampled_from("ABC"), st.integers(1, 100), min_size=1),
)
def test_any_member_gets_one_of_the_letters_and_always_the_same(step, member, shares):
    assert letter_for(step, member, shares) in shares
    assert letter_for(step, member, shares) == letter_for(step, member, dict(shares))


@pytest.mark.parametrize("shares", [{"A": 1, "B": 1}, {"A": 9, "B": 1}, {"A": 50, "B": 30, "C": 20}])
def test_each_letter_comes_as_often_as_its_share_says(shares):
    found = Counter(letter_for(7, member, shares) for member in range(20_000))
    for letter, share in shares.items():
        assert abs(found[letter] / 20_000 - share / sum(shares.values())) < 0.015


def test_two_steps_split_their_members_differently():
    letters = [[letter_for(step, member, {"A": 1, "B": 1}) for member in range(200)] for step in (1, 2)]
    assert letters[0] != letters[1]


@pytest.mark.django_db
def test_a_member_keeps_the_wording_whatever_the_shares_become(step):
    members = [MemberFactory(club=step.workflow.club).pk for _ in range(20)]

    def chosen(**shares):
        return choose_variants(step_id=step.pk, member_ids=members, shares=shares, now=NOW)

    first = chosen(A=1, B=1)
    assert set(first.values()) == {"A", "B"}
    assert chosen(A=100, B=1) == first
    assert chosen(A=1, B=1, C=100) == first
    assert set(chosen(A=1).values()) == {"A"}
    assert chosen(A=1, B=1) == first
    assert Variant.objects.count() == 20


@pytest.mark.django_db
def test_each_gets_the_template_of_the_letter_and_the_step_says_which(step):
    batch = enrolled(step, 20)
    outcomes = SEND.run(batch, BOTH, NOW)
    letters = dict(Variant.objects.values_list("member", "letter"))
    for enrollment in batch:
        outcome = outcomes[enrollment.pk]
        assert outcome.variant == letters[enrollment.member_id]
        assert outcome.message.variant == outcome.variant
        assert outcome.message.template.slug == {"A": "kind", "B": "short"}[outcome.variant]
    assert Message.objects.count() == 20


@pytest.mark.django_db
def test_a_single_wording_chooses_nothing(step):
    (enrollment,) = enrolled(step, 1)
    assert SEND.run([enrollment], {"template": "kind"}, NOW)[enrollment.pk].variant == ""
    assert not Variant.objects.exists()


@pytest.mark.django_db
def test_whoever_is_not_written_to_has_no_part_in_it(step):
    member = MemberFactory(club=step.workflow.club, phone="", days_away=10)
    enrollment = EnrollmentFactory(workflow=step.workflow, step=step, member=member)
    SEND.run([enrollment], BOTH | {"fallback_task": "Call"}, NOW)
    assert not Variant.objects.exists()


@pytest.mark.django_db
def test_it_asks_the_database_as_often_for_thirty_as_for_three(step, django_assert_max_num_queries):
    for number in (3, 30):
        batch = enrolled(step, number)
        with django_assert_max_num_queries(12):
            SEND.run(batch, BOTH, NOW)


@pytest.mark.django_db
def test_the_sentence_says_the_shares(step):
    params = SEND.named(BOTH | {"share": 3}, step.workflow.club)
    assert SEND.sentence(params) == "send one of “kind” (75%) and “short” (25%)"


@pytest.mark.django_db
def test_the_report_counts_who_was_reached_and_who_came_back_after_it(step):
    def reached(letter, *, came=None, status="sent"):
        member = MemberFactory(club=step.workflow.club)
        template = step.workflow.club.message_templates.get(slug="kind" if letter == "A" else "short")
        StepRunFactory(
            enrollment=EnrollmentFactory(workflow=step.workflow, member=member, occurrence="x"),
            step=step,
            variant=letter,
            message=MessageFactory(member=member, template=template, status=status, sent_at=NOW),
        )
        if came:
            VisitFactory(member=member, attended_at=NOW + dt.timedelta(days=came))

    for letter, came in (("A", 1), ("A", None), ("A", -1), ("B", 30), ("B", 31)):
        reached(letter, came=came)
    reached("B", status="skipped")
    found = wordings_compared(step.workflow, NOW + dt.timedelta(days=40))
    assert [(one.letter, one.name, one.sent, one.came_back, one.share) for one in found] == [
        ("A", "kind", 3, 1, 33),
        ("B", "short", 2, 1, 50),
    ]
    assert is_too_early(found)
    assert StepRun.objects.count() == 6


@pytest.mark.django_db
def test_a_message_is_offered_with_its_channel_once() -> None:
    club = MessageTemplateFactory(slug="a", name="Hello").club
    MessageTemplateFactory(club=club, slug="b", name="Hello (SMS)")
    form = SEND.Form()
    form.for_club(club)
    assert [words for _slug, words in form.fields["template"].choices][1:] == ["Hello (SMS)", "Hello (SMS)"]
