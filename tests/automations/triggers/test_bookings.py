"""Bookings: which ones lead to something, from when on and how late, and what ends that."""

import datetime as dt

import pytest

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate_members
from automations.engine.recheck import end_reasons
from automations.models import Enrollment
from automations.rules.reasons import message_reason
from automations.triggers import TRIGGERS
from members.models import Booking, ClassSession
from members.rules.days import AwayClock
from messaging.models import Message
from tests.automations.triggers.booked import (
    COMING,
    DAY,
    HOUR,
    MINUTE,
    STATUS,
    decided,
    happening,
    key,
    workflow_for,
)
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(club):
    return MemberFactory(club=club)


# --- When -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", STATUS)
@pytest.mark.parametrize(
    ("ago", "reason"),
    [
        (dt.timedelta(0), "due"),
        (MINUTE, "due"),
        (3 * DAY, "due"),
        (3 * DAY + MINUTE, "missed"),
        (31 * DAY, "missed"),
        (33 * DAY, "no_occasion"),
    ],
)
def test_what_happened_is_due_then_too_late_then_out_of_sight(club, member, kind, ago, reason):
    happening(kind, member, ago)
    assert decided(workflow_for(club, kind), member) == reason


@pytest.mark.parametrize("kind", STATUS)
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "America/New_York", "UTC"])
def test_the_lookback_begins_with_a_day_of_the_club(kind, zone):
    member = MemberFactory(club=ClubFactory(time_zone=zone))
    workflow = workflow_for(member.club, kind)
    today = AwayClock.of(member.club, NOW).today
    first = dt.datetime.combine(today - 31 * DAY, dt.time(0), member.club.zone)
    booking = happening(kind, member, NOW - first)
    assert decided(workflow, member) == "missed"
    for field in ("first_told_at", "status_since"):
        setattr(booking, field, first - MINUTE)
    booking.save()
    ClassSession.objects.filter(pk=booking.class_session_id).exclude(starts_at__gt=NOW).update(
        starts_at=first - MINUTE
    )
    assert decided(workflow, member) == "no_occasion"


@pytest.mark.parametrize("kind", STATUS)
@pytest.mark.parametrize("status", Booking.Status.values)
def test_only_a_booking_that_stands_so_counts(club, member, kind, status):
    happening(kind, member, status=status)
    fits = [STATUS[kind]] if kind != "booking_created" else ["booked", "confirmed"]
    assert decided(workflow_for(club, kind), member) == ("due" if status in fits else "no_occasion")


@pytest.mark.parametrize("kind", STATUS)
def test_a_canceled_class_counts_for_nothing(club, member, kind):
    happening(kind, member, session={"is_canceled": True})
    assert decided(workflow_for(club, kind), member) == "no_occasion"


@pytest.mark.parametrize("kind", COMING)
def test_a_class_that_has_begun_is_none_to_come(club, member, kind):
    happening(kind, member, session={"starts_at": NOW + MINUTE})
    workflow = workflow_for(club, kind)
    assert [decided(workflow, member, NOW + n * MINUTE) for n in (0, 1)] == ["due", "no_occasion"]


def test_a_booking_is_made_when_its_system_says_so_else_when_it_is_first_told(club, member):
    workflow = workflow_for(club, "booking_created")
    happening("booking_created", member, HOUR, booked_at=NOW - 5 * DAY)
    assert decided(workflow, member) == "missed"
    Booking.objects.update(booked_at=None)
    assert decided(workflow, member) == "due"


def test_who_came_is_counted_from_the_end_of_the_class(club, member):
    ends_at = NOW + HOUR
    happening("booking_completed", member, session={"ends_at": ends_at}, status_since=NOW)
    workflow = workflow_for(club, "booking_completed")
    assert evaluate_members(workflow, [member.pk], now=NOW) == 1
    assert Enrollment.objects.get().due_at == ends_at
    assert advance(now=NOW) == {}
    assert advance(now=ends_at)["done"] == 1


def test_a_no_show_told_late_is_too_late_all_the_same(club, member):
    happening("booking_no_show", member, 4 * DAY, status_since=NOW)
    assert decided(workflow_for(club, "booking_no_show"), member) == "missed"


@pytest.mark.parametrize("kind", STATUS)
def test_what_is_said_to_be_so_far_ahead_is_not_believed(club, member, kind):
    happening(kind, member, -2 * DAY, session={"starts_at": NOW + 2 * DAY})
    assert decided(workflow_for(club, kind), member) == "no_occasion"


def test_bookings_of_before_instants_were_kept_lead_to_nothing(club, member):
    happening("booking_created", member, first_told_at=None, status_since=None)
    assert decided(workflow_for(club, "booking_created"), member) == "no_occasion"


def test_another_members_and_another_clubs_bookings_do_not_count(club, member):
    happening("booking_created", MemberFactory(club=club))
    happening("booking_created", MemberFactory())
    assert decided(workflow_for(club, "booking_created"), member) == "no_occasion"


# --- Which ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", STATUS)
def test_only_classes_of_that_name(club, member, kind):
    happening(kind, member, session={"name": "Hot Yoga"})
    for words, reason in (("yoga", "due"), ("pilates", "no_occasion")):
        workflow = workflow_for(club, kind, params={"class_name": words}, patience_hours=72)
        assert decided(workflow, member) == reason
        workflow.delete()


@pytest.mark.parametrize("kind", STATUS)
def test_only_the_very_first_time(club, member, kind):
    workflow = workflow_for(club, kind, params={"only_first": True})
    first = happening(kind, member, 2 * DAY)
    assert key(workflow, member).startswith(f"booking:{first.pk}")
    happening(kind, member, HOUR)
    assert key(workflow, member).startswith(f"booking:{first.pk}")
    evaluate_members(workflow, [member.pk], now=NOW)
    assert Enrollment.objects.count() == 1
    Booking.objects.filter(pk=first.pk).update(first_told_at=None, status_since=None)
    assert decided(workflow, member) == "no_occasion"


def test_a_canceled_booking_was_not_the_first(club, member):
    happening("booking_created", member, 2 * DAY, status="canceled")
    happening("booking_created", member, HOUR)
    assert decided(workflow_for(club, "booking_created", params={"only_first": True}), member) == "due"


# --- What ends it ---------------------------------------------------------------------------------
def enrolled(workflow, member) -> Enrollment:
    evaluate_members(workflow, [member.pk], now=NOW)
    return Enrollment.objects.select_related("workflow__club", "member").get()


ENDINGS = [
    ("booking_created", {"status": "canceled"}, {}, "booking_canceled"),
    ("booking_created", {"status": "confirmed"}, {}, None),
    ("booking_created", {}, {"is_canceled": True}, "class_canceled"),
    ("booking_created", {}, {"starts_at": NOW}, "class_begun"),
    ("booking_created", {}, {"starts_at": NOW + 2 * DAY}, "row_moved"),
    ("booking_confirmed", {"status": "canceled"}, {}, "booking_canceled"),
    ("booking_confirmed", {}, {"starts_at": NOW + 2 * DAY}, "row_moved"),
    ("booking_completed", {"status": "no_show"}, {}, "booking_changed"),
    ("booking_completed", {}, {"starts_at": NOW - 2 * DAY}, None),
    ("booking_no_show", {"status": "attended"}, {}, "booking_changed"),
    ("booking_no_show", {"status": "canceled"}, {}, "booking_canceled"),
    ("booking_no_show", {}, {"is_canceled": True}, "class_canceled"),
]


@pytest.mark.parametrize(("kind", "booking", "session", "reason"), ENDINGS)
def test_what_is_planned_ends_with_what_it_is_about(club, member, kind, booking, session, reason):
    happening(kind, member)
    enrollment = enrolled(workflow_for(club, kind), member)
    assert end_reasons([enrollment], NOW) == {}
    if booking:
        Booking.objects.update(**booking)
    if session:
        ClassSession.objects.update(**session)
    assert end_reasons([enrollment], NOW) == ({enrollment.pk: reason} if reason else {})
    if reason:
        assert " " in message_reason(reason)


def test_a_booking_that_was_deleted_or_named_by_another_trigger_ends_it(club, member):
    row = happening("booking_created", member)
    enrollment = enrolled(workflow_for(club, "booking_created"), member)
    Enrollment.objects.update(occurrence="absence:2025-08-25")
    enrollment.refresh_from_db()
    assert end_reasons([enrollment], NOW) == {enrollment.pk: "another_trigger"}
    assert TRIGGERS["booking_created"].contexts({"absence:2025-08-25"}, AwayClock.of(club, NOW)) == {
        "absence:2025-08-25": {}
    }
    Enrollment.objects.update(occurrence=f"booking:{row.pk}")
    row.delete()
    enrollment.refresh_from_db()
    assert end_reasons([enrollment], NOW) == {enrollment.pk: "row_gone"}


def test_a_later_booking_ends_nothing(club, member):
    happening("booking_created", member)
    enrollment = enrolled(workflow_for(club, "booking_created"), member)
    happening("booking_created", member, MINUTE)
    assert end_reasons([enrollment], NOW + HOUR) == {}


def test_a_class_that_moves_is_told_with_its_new_time_instead(club, member):
    happening("booking_created", member, session={"name": "Yoga"})
    workflow = workflow_for(club, "booking_created")
    evaluate_members(workflow, [member.pk], now=NOW)
    ClassSession.objects.update(starts_at=NOW + 2 * DAY)
    evaluate_members(workflow, [member.pk], now=NOW)
    counts = advance(now=NOW)
    assert (counts["exited"], counts["done"]) == (1, 1)
    assert Message.objects.get().context["class_starts_at"] == "Wed 3 September 2025, 10:00"
