"""Statements that are kept say what a new question would: for any facts, in any zone, from hour to hour and day to day."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from members.models import Booking, FollowUpChange, Member, MembershipStatus
from members.models.members import Origin, Stage
from members.operations.compiled_follow_up import stale_between, write_changes
from members.rules.follow_up import with_follow_up
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    ClubFactory,
    MemberFactory,
)
from tests.members.rules.test_any_agreements import ONE_AGREEMENT, made

ZONES = st.sampled_from(["UTC", "Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu", "America/Havana"])
HOURS = st.integers(-80, 80)
PERSON = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(Stage.values),
        "origin": st.sampled_from(["", *Origin.values]),
        "membership_status": st.sampled_from(MembershipStatus.values),
        "inquired_on": st.none() | st.dates(dt.date(2025, 8, 28), dt.date(2025, 9, 4)),
        "joined_on": st.none() | st.dates(dt.date(2025, 8, 28), dt.date(2025, 9, 4)),
    }
)
AGREEMENTS = st.lists(ONE_AGREEMENT, max_size=3)
CLASSES = st.lists(st.tuples(HOURS, st.sampled_from(Booking.Status.values), st.booleans()), max_size=3)


@pytest.mark.long
class KeptStatements(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(PERSON, AGREEMENTS, CLASSES), min_size=1, max_size=4),
        ZONES,
        st.lists(HOURS, min_size=2),
    )
    def test_it_writes_what_the_rules_say_hour_after_hour(self, people, zone, hours):
        club = ClubFactory(time_zone=zone)
        for person, agreements, classes in people:
            member = MemberFactory(club=club, **person)
            for facts in agreements:
                made(member, facts)
            if classes:
                AgreementFactory(member=member, is_trial=True, purchased_on=dt.date(2025, 8, 30))
            for away, status, is_canceled in classes:
                session = ClassSessionFactory(
                    club=club, starts_at=NOW + dt.timedelta(hours=away), is_canceled=is_canceled
                )
                BookingFactory(member=member, class_session=session, status=status)
        members = Member.objects.filter(club=club)
        ids = list(members.order_by("pk").values_list("pk", flat=True))
        for away in hours:
            now = NOW + dt.timedelta(hours=away)
            before = dict(members.values_list("pk", "follow_up_status"))
            by_the_rules = {one.pk: one.current for one in with_follow_up(members, club, now)}
            wrong = [pk for pk in ids if before[pk] != by_the_rules[pk]]
            assert stale_between(club=club, after=0, until=max(ids), now=now) == wrong
            changed = write_changes(club=club, member_ids=ids, now=now, cause="check", causes={})
            assert dict(members.values_list("pk", "follow_up_status")) == by_the_rules
            assert sorted(changed) == wrong
            assert stale_between(club=club, after=0, until=max(ids), now=now) == []

    def test_a_cause_may_hold_any_letters(self):
        member = MemberFactory()
        words = "agreement 5 %s \"ü\" \\ 'x'"
        write_changes(club=member.club, member_ids=[member.pk], now=NOW, cause="", causes={member.pk: words})
        assert FollowUpChange.objects.get().cause == words

    def test_others_are_left_alone(self):
        member, other = MemberFactory(), MemberFactory()
        assert write_changes(club=member.club, member_ids=[member.pk], now=NOW, cause="", causes={}) == [
            member.pk
        ]
        other.refresh_from_db()
        assert other.follow_up_status == ""
