"""Keys: who is let in, to what, how often, and what a club's key can never reach."""

import datetime as dt
from contextlib import suppress

import pytest
import time_machine

from members.models import ApiKey, Scope
from members.operations import api_keys
from members.operations.api_keys import TooManyRequests, UnknownKey, create_api_key, let_in, revoke_api_key
from tests.api_client import ApiClient
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


def another_process():
    """What this one holds is forgotten, as a second process would not have it."""
    api_keys._held.__init__()


def test_without_a_key_nobody_gets_anywhere(api, client):
    response = client.post("/api/v1/members", "[]", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (401, "no_key")
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic {}", "Bearer x{}", "Bearer {}x", "{}", "Bearer \x7f"]
)
def test_a_wrong_key_is_unknown_however_close(api, client, header):
    response = client.post(
        "/api/v1/members",
        "[]",
        content_type="application/json",
        headers={"Authorization": header.format(api.secret)},
    )
    assert response.status_code == 401


def test_the_key_itself_is_kept_nowhere(api):
    row = ApiKey.objects.values().get()
    assert api.secret not in str(row)
    assert api.secret[len(row["prefix"]) :] not in str(row)


def test_a_key_may_do_what_its_scopes_say_and_nothing_else():
    api = ApiClient(ClubFactory(), scopes=(Scope.READ_MEMBERS,))
    response = api.post("members", [])
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
    assert "members:write" in response.json()["detail"]
    assert api.get("members/M1").status_code == 404


def test_a_revoked_key_is_unknown_at_once_here_and_within_a_second_elsewhere(api):
    assert api.post("members", []).status_code == 200
    assert revoke_api_key(key_id=api.key.pk, now=NOW)
    assert api.post("members", []).status_code == 401
    assert not revoke_api_key(key_id=api.key.pk, now=NOW)


def test_another_process_heeds_a_revocation_within_a_second(api):
    let_in(secret=api.secret, now=NOW)
    ApiKey.objects.update(revoked_at=NOW)
    with pytest.raises(UnknownKey):
        let_in(secret=api.secret, now=NOW + SECOND)


def test_the_last_use_is_kept_but_not_written_for_every_request(api, django_assert_num_queries):
    with time_machine.travel(NOW, tick=False):
        api.post("members", [])
        with django_assert_num_queries(0):
            let_in(secret=api.secret, now=NOW)
    api.key.refresh_from_db()
    assert api.key.last_used_at == NOW


@pytest.mark.parametrize("limit", [1, 3, 250])
def test_no_more_requests_a_minute_than_allowed(limit):
    secret = create_api_key(club=ClubFactory(), name="x", scopes=[], now=NOW, requests_per_minute=limit)[1]
    for _ in range(limit):
        let_in(secret=secret, now=NOW)
    with pytest.raises(TooManyRequests) as refused:
        let_in(secret=secret, now=NOW + 13 * SECOND)
    assert refused.value.wait == 47
    assert let_in(secret=secret, now=NOW + 60 * SECOND)


def test_the_limit_holds_for_all_processes_together():
    secret = create_api_key(club=ClubFactory(), name="x", scopes=[], now=NOW, requests_per_minute=500)[1]
    let_in_all = 0
    for n in range(600):
        if n % 7 == 0:
            another_process()
        with suppress(TooManyRequests):
            let_in(secret=secret, now=NOW)
            let_in_all += 1
    assert 200 <= let_in_all <= 500


def test_what_was_taken_out_and_not_used_is_given_back():
    secret = create_api_key(club=ClubFactory(), name="x", scopes=[], now=NOW, requests_per_minute=1000)[1]
    for second in range(50):
        let_in(secret=secret, now=NOW + second * SECOND)
    assert ApiKey.objects.get().taken <= 60


def test_too_many_requests_are_told_when_to_come_again():
    api = ApiClient(ClubFactory(), requests_per_minute=2)
    with time_machine.travel(NOW + 20 * SECOND, tick=False):
        assert [api.post("members", []).status_code for _ in range(3)] == [200, 200, 429]
        response = api.post("members", [])
    assert response["Retry-After"] == "40"
    assert response.json()["code"] == "too_many_requests"


def test_a_clubs_key_reaches_nothing_of_another_club():
    ours, theirs = ApiClient(ClubFactory()), ApiClient(ClubFactory())
    member = MemberFactory(club=theirs.club, external_id="M1")
    agreement = {"id": "A1", "member": "M1", "purchased_on": "2025-08-01", "status": "active"}
    assert theirs.outcomes("agreements", [agreement]) == ["created"]

    assert ours.get("members/M1").status_code == 404
    assert ours.refusal("agreements", agreement | {"status": "collections"}).keys() == {"member"}
    for kind, item in {
        "payments": {"amount": 1, "due_on": "2025-08-01", "status": "paid"},
        "visits": {"attended_at": "2025-08-01T10:00:00Z"},
        "bookings": {"class": "C1", "status": "booked"},
        "consents": {"channel": "sms", "is_granted": False, "occurred_at": "2025-08-01T10:00:00Z"},
    }.items():
        assert ours.refusal(kind, {"id": "1", "member": "M1", **item}).keys() == {"member"}
    assert ours.outcomes("members", [{"id": "M1", "first_name": "Other"}]) == ["created"]
    member.refresh_from_db()
    assert member.first_name == "John"
    assert theirs.get("members/M1").json()["follow_up_status"]["code"] == "active"
