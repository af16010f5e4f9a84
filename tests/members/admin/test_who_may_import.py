"""Who may import members, into which club, and that nobody comes by another way."""

import pytest
from django.test import Client

from tests.factories import ClubFactory, MemberFactory
from tests.members.admin.test_imports import (
    EXPORT,
    IMPORT,
    LIST,
    MAY_IMPORT,
    logged_in,
    names,
    previewed,
    upload,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def club():
    club = ClubFactory()
    MemberFactory(club=club, external_id="1", first_name="Ana")
    return club


@pytest.fixture
def staff(club):
    return logged_in(club)


@pytest.mark.parametrize("lacking", ["members.add_member", "members.change_member"])
def test_whoever_may_not_add_and_change_members_may_not_import(club, staff, lacking):
    url = previewed(staff)
    client = logged_in(club, permissions=[each for each in MAY_IMPORT if each != lacking])
    assert upload(client).status_code == 403
    for where in (IMPORT, url, url + "refused.csv"):
        assert client.get(where).status_code == 403
    assert client.post(url).status_code == 403
    assert IMPORT not in client.get(LIST).content.decode()
    assert names() == [("1", "Ana")]


def test_another_persons_token_is_refused(club, staff):
    url = previewed(staff)
    client = logged_in(club)
    assert [client.get(url).status_code, client.post(url).status_code] == [404, 404]
    assert client.get(url + "refused.csv").status_code == 404
    assert names() == [("1", "Ana")]


def test_a_person_who_left_the_club_since_is_refused(club, staff):
    url = previewed(staff)
    club.staff.remove(staff.person)
    assert [staff.get(url).status_code, staff.post(url).status_code] == [404, 404]
    assert names() == [("1", "Ana")]


def test_the_club_is_chosen_among_ones_own(club):
    other, foreign = ClubFactory(), ClubFactory()
    client = logged_in(club, other)
    form = client.get(IMPORT).context["form"]
    assert set(form.fields["club"].queryset) == {club, other}
    for wrong in ({"club": foreign.pk}, {}):
        response = upload(client, **wrong)
        assert response.status_code == 200
        assert "club" in response.context["form"].errors
    client.post(previewed(client, club=other.pk))
    assert other.members.count() == 2
    assert club.members.count() == 1


def test_with_one_club_another_named_by_hand_counts_for_nothing(staff, club):
    foreign = ClubFactory()
    assert "club" not in staff.get(IMPORT).context["form"].fields
    staff.post(previewed(staff, club=foreign.pk))
    assert (club.members.count(), foreign.members.count()) == (2, 0)


def test_without_any_club_there_is_nothing_to_import_into():
    assert "do not work for any club" in logged_in().get(IMPORT).content.decode()


def test_every_deed_needs_the_csrf_token(club):
    client = logged_in(club)
    url = previewed(client)
    client.handler.enforce_csrf_checks = True
    assert [upload(client).status_code, client.post(url).status_code] == [403, 403]
    assert client.post(EXPORT, {"format": "csv"}).status_code == 403
    assert names() == [("1", "Ana")]


def test_a_stranger_is_sent_to_log_in(staff):
    url = previewed(staff)
    for where in (IMPORT, url, url + "refused.csv", EXPORT):
        assert "/login/" in Client().get(where).url
    assert "/login/" in upload(Client()).url
