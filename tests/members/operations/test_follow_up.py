"""Keeping the status true: one as all, what is kept of each change, who hears of it, and the check of everybody."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Agreement, FollowUpChange, Member
from members.operations import follow_up
from members.operations.follow_up import check_follow_up, following_up, refresh_follow_up
from members.rules.days import start_of_day
from members.rules.follow_up import with_follow_up
from members.signals import facts_changed
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClubFactory,
    MemberFactory,
    PaymentFactory,
)

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(days=3)


@pytest.fixture
def heard():
    ids = []

    def listen(member_ids, **_):
        ids.append(sorted(member_ids))

    facts_changed.connect(listen)
    yield ids
    facts_changed.disconnect(listen)


@pytest.fixture
def club():
    return ClubFactory(time_zone="Europe/Zurich")


def everybody(club):
    """Some of every sort."""
    AgreementFactory(member__club=club, past_due=5)
    AgreementFactory(member__club=club, canceled=True)
    PaymentFactory(agreement__member__club=club)
    MemberFactory(club=club, stage="lead", origin="web")
    lead = MemberFactory(club=club, stage="lead")
    AgreementFactory(member=lead, is_trial=True)
    BookingFactory(member=lead)
    MemberFactory(club=club, frozen=True)


def refresh(club, *members, now=NOW, **more):
    return refresh_follow_up(club=club, member_ids=[member.pk for member in members], now=now, **more)


def test_worked_out_one_by_one_is_what_is_worked_out_for_all(club):
    everybody(club)
    for member in Member.objects.all():
        refresh(club, member)
    one_by_one = dict(Member.objects.values_list("pk", "follow_up_status"))
    Member.objects.update(follow_up_status="")
    assert check_follow_up(club=club, now=NOW) == {"checked": 6, "repaired": 6}
    assert dict(Member.objects.values_list("pk", "follow_up_status")) == one_by_one
    assert {m.pk: m.current for m in with_follow_up(Member.objects.all(), club, NOW)} == one_by_one
    assert len(set(one_by_one.values())) == 5


def test_a_change_is_kept_with_its_cause_and_told(club, heard):
    agreement = AgreementFactory(member__club=club)
    member = agreement.member
    assert refresh(club, member) == [member.pk]
    Agreement.objects.update(past_due=100)
    assert refresh(club, member, now=LATER, cause="agreement 7") == [member.pk]
    assert list(FollowUpChange.objects.values_list("from_status", "to_status", "changed_at", "cause")) == [
        ("active", "delinquent", LATER, "agreement 7"),
        ("", "active", start_of_day(agreement.purchased_on, club.zone), ""),
    ]
    member.refresh_from_db()
    assert (member.follow_up_status, member.follow_up_status_since) == ("delinquent", LATER)
    assert heard == [[member.pk], [member.pk]]


def test_what_stays_the_same_leaves_no_trace(club, heard):
    member = AgreementFactory(member__club=club).member
    refresh(club, member)
    assert refresh(club, member, now=LATER) == []
    assert FollowUpChange.objects.count() == 1
    assert len(heard) == 1


def test_each_may_have_a_cause_of_her_own(club):
    one, two = MemberFactory(club=club), MemberFactory(club=club)
    refresh(club, one, two, cause="import", causes={two.pk: "booking 3"})
    assert dict(FollowUpChange.objects.values_list("member", "cause")) == {
        one.pk: "import",
        two.pk: "booking 3",
    }


@pytest.mark.parametrize(
    ("values", "since"),
    [
        ({"stage": "lead", "inquired_on": dt.date(2025, 8, 1)}, dt.datetime(2025, 7, 31, 22, tzinfo=dt.UTC)),
        ({"joined_on": dt.date(2025, 2, 1)}, dt.datetime(2025, 1, 31, 23, tzinfo=dt.UTC)),
        ({"stage": "lead", "joined_on": dt.date(2025, 2, 1)}, NOW),
        ({"frozen": True, "joined_on": dt.date(2025, 2, 1)}, dt.datetime(2025, 1, 31, 23, tzinfo=dt.UTC)),
        ({"inquired_on": dt.date(2025, 2, 1)}, NOW),
        ({}, NOW),
    ],
)
def test_a_first_status_holds_since_what_brought_it(club, values, since):
    member = MemberFactory(club=club, **values)
    refresh(club, member)
    member.refresh_from_db()
    assert member.follow_up_status_since == since == FollowUpChange.objects.get().changed_at


def test_members_of_another_club_are_left_alone(club):
    other = MemberFactory()
    assert refresh(club, other) == []
    assert not FollowUpChange.objects.exists()


def test_a_member_saved_from_an_old_page_keeps_what_was_worked_out_since(club):
    member = MemberFactory(club=club)
    old = Member.objects.get(pk=member.pk)
    refresh(club, member)
    old.first_name = "Jane"
    old.save()
    member.refresh_from_db()
    assert (member.first_name, member.follow_up_status) == ("Jane", "active")


def test_facts_changed_within_are_followed_up(club):
    agreement = AgreementFactory(member__club=club)
    with following_up(club=club, member_ids=[agreement.member_id], now=NOW, cause="by hand"):
        Agreement.objects.update(is_suspended=True)
    assert FollowUpChange.objects.get().to_status == "suspended"


# --- The check of everybody -------------------------------------------------------------------
def test_the_check_sets_right_what_slipped_by(club, heard, monkeypatch):
    monkeypatch.setattr(follow_up, "RANGE", 4)
    monkeypatch.setattr(follow_up, "WRITTEN_AT_ONCE", 2)
    AgreementFactory()
    everybody(club)
    everybody(club)
    assert check_follow_up(club=club, now=NOW) == {"checked": 12, "repaired": 12}
    assert check_follow_up(club=club, now=NOW) == {"checked": 12, "repaired": 0}
    Agreement.objects.filter(past_due=5).update(past_due=0)
    assert check_follow_up(club=club, now=NOW) == {"checked": 12, "repaired": 2}
    assert FollowUpChange.objects.filter(from_status="delinquent", cause="check").count() == 2
    assert heard == []


def test_the_check_follows_the_days(club):
    member = PaymentFactory(agreement__member__club=club, due_on=NOW.date()).member
    check_follow_up(club=club, now=NOW)
    assert check_follow_up(club=club, now=NOW + dt.timedelta(days=1)) == {"checked": 1, "repaired": 1}
    member.refresh_from_db()
    assert member.follow_up_status == "delinquent"


def test_a_club_without_members_is_checked_in_no_time(club):
    assert check_follow_up(club=club, now=NOW) == {"checked": 0, "repaired": 0}


@pytest.mark.parametrize("size", [1, 40])
def test_the_cost_does_not_grow_with_the_number_of_members(club, size):
    for _ in range(size):
        AgreementFactory(member__club=club)
    ids = list(Member.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as first:
        refresh_follow_up(club=club, member_ids=ids, now=NOW, causes=dict.fromkeys(ids, "import"))
    with CaptureQueriesContext(connection) as again:
        refresh_follow_up(club=club, member_ids=ids, now=NOW)
    with CaptureQueriesContext(connection) as check:
        check_follow_up(club=club, now=NOW)
    # Lock; changes and status, at once on PostgreSQL.
    first_time = 2 if connection.vendor == "postgresql" else 3
    assert [len(captured) for captured in (first, again, check)] == [first_time, 2, 2]
