"""One classification for everyone: the twelve reasons, and which of several counts."""

import datetime as dt
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from automations.engine.classification import Question, first_message
from automations.models import Reason, Workflow
from members.models import Member
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    SuppressionFactory,
    WorkflowFactory,
)
from tests.reply_factories import PauseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def decided(member: Member, workflow: Workflow, now: dt.datetime = NOW) -> str:
    return Question(workflow, now).members().values_list("decided", flat=True).get(pk=member.pk)


def away(member: Member, days: int) -> None:
    member.last_attended_at = NOW - dt.timedelta(days=days)


def recurring(member: Member) -> None:
    away(member, 40)
    member.is_recurring = True


def opted_out(member: Member, workflow: Workflow) -> None:
    ConsentRecordFactory(member=member)


def suppressed(member: Member, workflow: Workflow) -> None:
    SuppressionFactory(club=member.club, address=member.phone or "+4179")


def cooling_down(member: Member, workflow: Workflow) -> None:
    EnrollmentFactory(
        workflow=workflow,
        member=member,
        occurrence="absence:2025-01-01",
        enrolled_at=NOW - dt.timedelta(days=1),
    )


OF_THE_MEMBER: dict[str, Callable[[Member], None]] = {
    "erased": lambda member: setattr(member, "erased_at", NOW),
    "canceled": lambda member: setattr(member, "membership_status", "canceled"),
    "frozen": lambda member: setattr(member, "membership_status", "frozen"),
    "never_attended": lambda member: setattr(member, "last_attended_at", None),
    "attended_recently": lambda member: away(member, 6),
    "inactive_recurring": recurring,
    "inactive": lambda member: away(member, 40),
    "no_address": lambda member: setattr(member, "phone", ""),
}
AROUND_HER: dict[str, Callable[[Member, Workflow], None]] = {
    "paused": lambda member, workflow: PauseFactory(member=member),
    "opted_out": opted_out,
    "suppressed": suppressed,
    "cooldown": cooling_down,
}
ORDER = [
    *(reason for reason in OF_THE_MEMBER if reason != "no_address"),
    "paused",
    "no_address",
    "opted_out",
    "suppressed",
    "cooldown",
    "due",
]
EXCLUDE_EACH_OTHER = [
    {"canceled", "frozen"},
    *(
        {a, b}
        for a, b in combinations(["never_attended", "attended_recently", "inactive_recurring", "inactive"], 2)
    ),
    {"no_address", "suppressed"},
]


def make(workflow: Workflow, *reasons: str) -> Member:
    member = MemberFactory(club=workflow.club, days_away=10)
    for reason in reasons:
        if reason in OF_THE_MEMBER:
            OF_THE_MEMBER[reason](member)
    member.save()
    for reason in reasons:
        if reason in AROUND_HER:
            AROUND_HER[reason](member, workflow)
    return member


def test_the_reasons_are_the_twelve_in_their_order() -> None:
    assert [reason for reason in Reason.values if reason in ORDER] == ORDER


def test_the_question_asks_them_in_that_order(workflow: Workflow) -> None:
    assert [reason.value for reason, _ in Question(workflow, NOW).kept_out] == ORDER[:-1]


@pytest.mark.parametrize("reason", ORDER)
def test_each_reason_by_itself(reason: str, workflow: Workflow) -> None:
    assert decided(make(workflow, reason), workflow) == reason


@pytest.mark.parametrize(
    ("first", "second"), [pair for pair in combinations(ORDER[:-1], 2) if set(pair) not in EXCLUDE_EACH_OTHER]
)
def test_of_two_reasons_the_first_counts(first: str, second: str, workflow: Workflow) -> None:
    assert decided(make(workflow, first, second), workflow) == first
    assert decided(make(workflow, second, first), workflow) == first


def test_a_member_without_an_address_is_not_suppressed_by_it(workflow: Workflow) -> None:
    assert decided(make(workflow, "no_address", "suppressed"), workflow) == "no_address"


@pytest.mark.parametrize(("ago", "reason"), [(19, "cooldown"), (20, "due"), (21, "due")])
def test_the_cooldown_lasts_its_days(ago: int, reason: str, workflow: Workflow) -> None:
    workflow.cooldown_days = 20
    member = MemberFactory(club=workflow.club, days_away=10)
    enrolled_at = NOW - dt.timedelta(days=ago)
    EnrollmentFactory(
        workflow=workflow, member=member, occurrence="absence:2025-07-01", enrolled_at=enrolled_at
    )
    assert decided(member, workflow) == reason
    if reason == "due":
        assert decided(member, workflow, NOW - dt.timedelta(days=ago - 20, microseconds=1)) == "cooldown"


def test_one_absence_is_followed_up_once_however_long_ago(workflow: Workflow) -> None:
    enrollment = EnrollmentFactory(workflow=workflow, enrolled_at=NOW - dt.timedelta(days=60))
    assert decided(enrollment.member, workflow) == "cooldown"
    enrollment.member.last_attended_at += dt.timedelta(days=1)
    enrollment.member.save()
    assert decided(enrollment.member, workflow) == "due"


def test_another_workflows_follow_up_is_no_cooldown(workflow: Workflow) -> None:
    other = WorkflowFactory(club=workflow.club, slug="other")
    enrollment = EnrollmentFactory(workflow=other)
    assert decided(enrollment.member, workflow) == "due"


def test_without_a_cooldown_a_new_absence_counts_at_once() -> None:
    workflow = WorkflowFactory(cooldown_days=0)
    member = MemberFactory(club=workflow.club, days_away=10)
    enrolled_at = NOW - dt.timedelta(days=11)
    EnrollmentFactory(
        workflow=workflow, member=member, occurrence="absence:2025-01-01", enrolled_at=enrolled_at
    )
    assert decided(member, workflow) == "due"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_an_absence_stays_the_same_when_the_clubs_time_zone_is_corrected(
    zone: str, workflow: Workflow
) -> None:
    enrolled_at = NOW - dt.timedelta(days=8)
    enrollment = EnrollmentFactory(workflow=workflow, enrolled_at=enrolled_at)
    Member.objects.filter(pk=enrollment.member.pk).update(last_attended_at=NOW - dt.timedelta(days=20))
    workflow.club.time_zone = zone
    workflow.club.save()
    assert decided(enrollment.member, workflow) == "cooldown"


def test_the_gates_of_a_channel_count_for_the_first_message(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=10, phone="")
    assert (first_message(workflow).channel, decided(member, workflow)) == ("sms", "no_address")
    StepFactory(
        workflow=workflow,
        position=0,
        action_params={"template": MessageTemplateFactory(club=workflow.club, as_email=True).slug},
    )
    assert (first_message(workflow).channel, decided(member, workflow)) == ("email", "due")


def test_a_workflow_without_messages_has_no_channel_and_no_gates() -> None:
    workflow = WorkflowFactory()
    StepFactory(workflow=workflow, action="open_staff_task", action_params={})
    member = MemberFactory(club=workflow.club, days_away=10, unreachable=True)
    assert (first_message(workflow).channel, decided(member, workflow)) == ("", "due")


def test_a_template_that_is_gone_leaves_no_channel(workflow: Workflow) -> None:
    workflow.club.message_templates.all().delete()
    assert first_message(workflow).channel == ""


def test_it_speaks_of_the_clubs_own_members(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club)
    MemberFactory(club=ClubFactory())
    assert list(Question(workflow, NOW).members()) == [member]


def test_the_staffs_own_limits_count(workflow: Workflow) -> None:
    workflow.trigger_params = {"min_days": 3, "max_days": 5}
    members = [MemberFactory(club=workflow.club, days_away=days, is_recurring=True) for days in (2, 3, 4, 5)]
    assert [decided(member, workflow) for member in members] == [
        "attended_recently",
        "due",
        "due",
        "inactive_recurring",
    ]


def test_everyone_is_classified_in_one_query(workflow: Workflow, django_assert_num_queries: Any) -> None:
    for days in range(40):
        MemberFactory(club=workflow.club, days_away=days)
    question = Question(workflow, NOW)
    # The channel (two), the closures of the limits, and everyone.
    with django_assert_num_queries(4):
        assert len(question.members()) == 40
