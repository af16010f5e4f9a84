"""The words of old answers and notices: gone after the club's days, unless they still wait for a person."""

import datetime as dt

import pytest

from messaging.models import InboundMessage, Notice
from messaging.operations import retention
from messaging.operations.retention import blank_old_words
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.notice_factories import NoticeFactory
from tests.reply_factories import InboundMessageFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def club():
    return ClubFactory(keep_words_days=90)


def heard(club, days, **given):
    given = {"handled_at": NOW - days * DAY} | given
    return InboundMessageFactory(member=MemberFactory(club=club), received_at=NOW - days * DAY, **given)


@pytest.mark.parametrize(("age", "kept"), [(89, True), (90, True), (91, False)])
def test_the_words_of_an_answer_go_after_the_clubs_days(club, age, kept):
    inbound = heard(club, age)
    counts = blank_old_words(now=NOW)
    inbound.refresh_from_db()
    assert inbound.body == ("See you tomorrow!" if kept else "")
    assert inbound.blanked_at == (None if kept else NOW)
    assert inbound.from_address
    assert counts == {"words deleted": 0} | ({} if kept else {"answers emptied": 1})
    assert blank_old_words(now=NOW) == {"words deleted": 0}


def test_one_that_waits_for_an_answer_keeps_its_words_until_it_is_done(club):
    inbound = heard(club, 100, handled_at=None)
    assert blank_old_words(now=NOW) == {"words deleted": 0}
    InboundMessage.objects.update(handled_at=NOW)
    assert blank_old_words(now=NOW) == {"words deleted": 0, "answers emptied": 1}
    inbound.refresh_from_db()
    assert inbound.body == ""


def test_the_number_goes_with_them_where_the_club_says_so(club):
    inbound = heard(club, 100)
    blank_old_words(now=NOW)
    type(club).objects.update(keeps_addresses=False)
    assert blank_old_words(now=NOW)["answers emptied"] == 1
    inbound.refresh_from_db()
    assert inbound.from_address == ""
    assert "answers emptied" not in blank_old_words(now=NOW)


def test_many_are_all_found(club, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        heard(club, 100)
    assert blank_old_words(now=NOW)["answers emptied"] == 5


def test_what_is_of_no_club_goes_as_the_strictest_club_says(club):
    ClubFactory(keep_words_days=400)
    InboundMessageFactory(
        club=None, member=None, from_address="+41446681800", received_at=NOW - 91 * DAY, done=True
    )
    old, young = (NoticeFactory(received_at=NOW - days * DAY, next_try_at=None) for days in (91, 89))
    assert blank_old_words(now=NOW) == {"words deleted": 0, "answers emptied": 1, "notices deleted": 1}
    assert set(Notice.objects.all()) == {young}
    assert old.pk != young.pk


@pytest.mark.parametrize("problem", ["unreadable", "foreign", "failed"])
def test_a_notice_that_a_person_has_to_mend_stays(club, problem):
    NoticeFactory(received_at=NOW - 400 * DAY, problem=problem, next_try_at=None)
    assert blank_old_words(now=NOW) == {"words deleted": 0}
    assert Notice.objects.exists()


def test_where_no_club_says_all_stay():
    ClubFactory()
    NoticeFactory(received_at=NOW - 4_000 * DAY, next_try_at=None)
    heard(ClubFactory(), 4_000)
    assert blank_old_words(now=NOW) == {"words deleted": 0}
    assert Notice.objects.exists()


def test_the_pages_say_so(club, admin_client):
    inbound = heard(club, 100)
    blank_old_words(now=NOW)
    for where in (
        "messaging/inboundmessage/?state=all",
        f"members/member/{inbound.member_id}/change/",
    ):
        assert "words deleted" in admin_client.get(f"/admin/{where}").content.decode()
    page = admin_client.get(f"/admin/messaging/inboundmessage/{inbound.pk}/change/").content.decode()
    assert "Deleted, as old words are" in page
