"""Making a key, which is shown once, and revoking it."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from members.models import ApiKey
from members.operations.api_keys import UnknownKey, let_in
from tests.factories import ApiKeyFactory, ClubFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:members_apikey_changelist")
ADD = reverse("admin:members_apikey_add")


@pytest.fixture
def club():
    return ClubFactory(name="Riverside")


@pytest.fixture
def manager(client, club):
    person = staff_of(club)
    client.force_login(person)
    return person


def made(client, club, **changes):
    asked = {"club": club.pk, "name": "Till", "scopes": ["visits:write"], "requests_per_minute": 60}
    return client.post(ADD, asked | changes)


def test_a_new_key_is_shown_once_and_opens_what_was_chosen(client, club, manager):
    response = made(client, club)
    secret = re.search(r"rollcall_\S+?(?=</code>)", response.content.decode())[0]
    assert "no-store" in response["Cache-Control"]
    access = let_in(secret=secret, now=timezone.now())
    assert (access.club, access.scopes) == (club, {"visits:write"})
    key = ApiKey.objects.get()
    assert (key.created_by, key.requests_per_minute) == (manager, 60)
    for url in (LIST, reverse("admin:members_apikey_change", args=[key.pk])):
        page = client.get(url).content.decode()
        assert key.prefix in page
        assert secret[len(key.prefix) :] not in page
    assert LogEntry.objects.get().object_id == str(key.pk)


@pytest.mark.parametrize(
    "changes", [{"scopes": []}, {"scopes": ["everything"]}, {"requests_per_minute": 0}, {"name": ""}]
)
def test_a_key_needs_a_name_a_scope_and_a_limit(client, club, manager, changes):
    assert made(client, club, **changes).status_code == 200
    assert not ApiKey.objects.exists()


def test_nobody_makes_a_key_for_another_club(client, club, manager):
    made(client, ClubFactory())
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_by_post_alone(client, club, manager):
    made(client, club)
    key = ApiKey.objects.get()
    url = reverse("admin:members_apikey_revoke", args=[key.pk])
    assert "for good" in client.get(url).content.decode()
    key.refresh_from_db()
    assert key.revoked_at is None
    client.post(url)
    key.refresh_from_db()
    assert key.revoked_at
    assert "Revoked" in client.get(LIST).content.decode()
    with pytest.raises(UnknownKey):
        let_in(secret=key.prefix, now=timezone.now())


def test_who_may_only_look_does_not_revoke(client, club):
    client.force_login(staff_of(club, permissions=["members.view_apikey"]))
    key = ApiKeyFactory(club=club)
    assert client.post(reverse("admin:members_apikey_revoke", args=[key.pk])).status_code in (302, 403)
    key.refresh_from_db()
    assert key.revoked_at is None
