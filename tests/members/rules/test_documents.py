"""How a document stands, day by day, at clubs on either side of the date line, and beside a newer one."""

import datetime as dt

import pytest
from django.db.models import Q

from members.models import Document
from members.rules.documents import state
from tests.factories import ClubFactory, MemberFactory
from tests.perk_factories import DocumentFactory

pytestmark = pytest.mark.django_db
LAST = dt.date(2024, 2, 29)
DAY = dt.timedelta(days=1)


def standing(document: Document, today: dt.date) -> str:
    return str(
        Document.objects.annotate(state=state({today: Q()}))
        .values_list("state", flat=True)
        .get(pk=document.pk)
    )


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (dt.date(2024, 1, 29), "valid"),
        (dt.date(2024, 1, 30), "expiring"),
        (dt.date(2024, 2, 28), "expiring"),
        (dt.date(2024, 2, 29), "expiring"),
        (dt.date(2024, 3, 1), "expired"),
    ],
)
def test_it_is_good_through_its_last_day_and_told_of_thirty_days_before(today: dt.date, said: str) -> None:
    assert standing(DocumentFactory(expires_on=LAST), today) == said


def test_what_does_not_expire_is_good() -> None:
    assert standing(DocumentFactory(expires_on=None), dt.date(2999, 1, 1)) == "valid"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"expires_on": LAST + DAY}, "replaced"),
        ({"expires_on": None}, "replaced"),
        ({"expires_on": LAST - DAY}, "expired"),
        # Entered twice: the one that came later counts.
        ({"expires_on": LAST}, "replaced"),
        ({"expires_on": LAST + DAY, "kind": "certificate"}, "expired"),
        ({"expires_on": LAST + DAY, "name": "Climbing"}, "expired"),
    ],
)
def test_one_of_the_same_kind_and_name_that_is_good_for_longer_replaces_it(
    other: dict[str, object], said: str
) -> None:
    document = DocumentFactory(expires_on=LAST)
    DocumentFactory(member=document.member, **other)
    assert standing(document, LAST + DAY) == said


def test_a_name_is_the_same_in_any_case() -> None:
    document = DocumentFactory(expires_on=LAST, name="First aid", kind="certificate")
    DocumentFactory(member=document.member, expires_on=LAST + DAY, name="first aid", kind="certificate")
    assert standing(document, LAST) == "replaced"


def test_another_members_replaces_nothing() -> None:
    document = DocumentFactory(expires_on=LAST)
    DocumentFactory(member=MemberFactory(club=document.club), expires_on=None)
    assert standing(document, LAST) == "expiring"


def test_each_club_goes_by_its_own_day() -> None:
    late = dt.datetime(2024, 2, 29, 23, 0, tzinfo=dt.UTC)
    clubs = [ClubFactory(time_zone=zone) for zone in ("Pacific/Auckland", "Pacific/Honolulu")]
    for club in clubs:
        DocumentFactory(member__club=club, expires_on=LAST)
    days = {club.today(late): Q(club=club) for club in clubs}
    found = Document.objects.annotate(state=state(days)).order_by("pk").values_list("state", flat=True)
    assert list(found) == ["expired", "expiring"]
