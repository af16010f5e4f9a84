"""What PostgreSQL believes of a column is what it counted last, and one row is found as if all were asked for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member, Visit
from members.models.planning import as_any_key, count_anew, has_any
from tests.factories import ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.mark.postgresql
def test_afterward_it_knows_the_values_of_the_columns() -> None:
    club = ClubFactory()
    MemberFactory.create_batch(2, club=club, phone="")
    with CaptureQueriesContext(connection) as captured:
        count_anew(
            Member._meta.get_field("club"), Member._meta.get_field("phone"), Visit._meta.get_field("member")
        )
    assert len(captured) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, most_common_vals::text FROM pg_stats "
            "WHERE schemaname = current_schema AND tablename = 'members_member'"
        )
        known = dict(cursor.fetchall())
    assert known["club_id"] == f"{{{club.pk}}}"
    assert known["phone"] == '{""}'


@pytest.mark.sqlite
def test_sqlite_is_asked_nothing() -> None:
    with CaptureQueriesContext(connection) as captured:
        count_anew(Member._meta.get_field("club"))
    assert not captured


def test_it_says_whether_there_is_one() -> None:
    members = Member.objects.filter(first_name="Ana")
    MemberFactory(first_name="Ben")
    assert not has_any(members)
    MemberFactory(first_name="Ana")
    with CaptureQueriesContext(connection) as captured:
        assert has_any(members)
    assert len(captured) == 1


def test_of_nothing_there_is_none_and_nobody_is_asked() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert not has_any(Member.objects.filter(pk__in=[]))
    assert not captured


def test_a_key_finds_what_it_would_find() -> None:
    member, _other = MemberFactory(), MemberFactory()
    assert Member.objects.get(club_id=as_any_key(member.club_id)) == member


@pytest.mark.postgresql
def test_the_plan_is_that_of_any_key_even_of_one_never_counted() -> None:
    club = ClubFactory()
    MemberFactory.create_batch(50, club=club)
    count_anew(Member._meta.get_field("club"))

    def expected(key: object) -> int:
        (line, *_rest) = Member.objects.filter(club_id=key).explain().splitlines()
        return int(line.split("rows=")[1].split()[0])

    assert expected(club.pk + 1) < 5
    assert expected(as_any_key(club.pk + 1)) >= 50
