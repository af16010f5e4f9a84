"""What PostgreSQL believes of a column is what it counted last."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member, Visit
from members.models.statistics import count_anew
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
