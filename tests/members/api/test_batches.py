"""What holds for a batch of any kind: each item answered, the good ones taken, twice as good as once, and limits."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from members.models import Agreement, ApiAnswer, FollowUpChange, Member, Visit
from members.operations.api_answers import forget_old_answers
from tests.api_client import ApiClient
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db

AT = "2025-08-{:02}T10:00:00Z"


@pytest.fixture
def member(api):
    return MemberFactory(club=api.club, external_id="M1")


def agreement(name="A1", day=1, **values):
    told = {"id": name, "member": "M1", "purchased_on": "2025-08-01", "status": "active"}
    return told | {"occurred_at": AT.format(day)} | values


def status_of(member):
    member.refresh_from_db()
    return member.follow_up_status


def test_every_item_is_answered_in_its_place_and_bad_ones_stop_no_good_ones(api, member):
    response = api.post(
        "agreements",
        [
            agreement(),
            agreement("A2", status="sleeping", past_due=-1),
            "nonsense",
            agreement("A3", member="nobody"),
            agreement("A4", sessions_bought=1),
            agreement("A5", staus="active"),
            {"id": 6},
            agreement("A7"),
        ],
    )
    told = response.json()
    assert told["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "refused": 6}
    assert [result["id"] for result in told["results"]] == ["A1", "A2", None, "A3", "A4", "A5", "6", "A7"]
    fields = [[error["field"] for error in result.get("errors", [])] for result in told["results"]]
    assert fields == [
        [],
        ["status", "past_due"],
        [""],
        ["member"],
        ["sessions_left"],
        ["staus"],
        ["member", "purchased_on", "status"],
        [],
    ]
    assert "active" in told["results"][1]["errors"][0]["reason"]
    assert set(Agreement.objects.values_list("external_id", flat=True)) == {"A1", "A7"}


def test_the_status_follows_in_the_same_breath(api, member):
    api.post("agreements", [agreement(past_due=4000)])
    assert status_of(member) == "delinquent"
    api.post("agreements", [agreement(day=2, past_due=0)])
    assert status_of(member) == "active"
    assert FollowUpChange.objects.first().cause == "agreement A1"


def test_the_same_batch_twice_changes_nothing(api, member):
    batch = [agreement(), agreement("A2", past_due=10)]
    assert api.outcomes("agreements", batch) == ["created", "created"]
    before = list(Agreement.objects.values_list()), list(FollowUpChange.objects.values_list())
    assert api.outcomes("agreements", batch) == ["unchanged", "unchanged"]
    assert (list(Agreement.objects.values_list()), list(FollowUpChange.objects.values_list())) == before


def test_the_older_never_overwrites_the_newer(api, member):
    assert api.outcomes("agreements", [agreement(day=5, status="collections")]) == ["created"]
    [result] = api.post("agreements", [agreement(day=4)]).json()["results"]
    assert result == {"id": "A1", "outcome": "unchanged", "reason": "older"}
    assert status_of(member) == "collections"


def test_what_has_no_instant_is_as_of_now(api, member):
    api.post("agreements", [agreement(day=5)])
    now = agreement(status="collections")
    del now["occurred_at"]
    assert api.outcomes("agreements", [now]) == ["updated"]
    assert api.refusal("agreements", agreement(occurred_at="2999-01-01T00:00:00Z")).keys() == {"occurred_at"}


def test_the_order_of_arrival_does_not_matter(api, member):
    rng = random.Random(4)
    facts = [
        agreement(
            f"A{rng.randint(1, 3)}",
            day=rng.randint(1, 9),
            status=rng.choice(["active", "inactive", "collections"]),
            past_due=rng.choice([None, 0, 100]),
        )
        for _ in range(40)
    ]
    seen = set()
    for _ in range(6):
        Agreement.objects.all().delete()
        rng.shuffle(facts)
        for start in range(0, len(facts), 7):
            api.post("agreements", facts[start : start + 7])
        rows = Agreement.objects.order_by("external_id").values_list(
            "external_id", "status", "past_due", "changed_at"
        )
        seen.add((tuple(rows), status_of(member)))
    assert len(seen) == 1


def test_an_agreement_stays_with_its_member(api, member):
    MemberFactory(club=api.club, external_id="M2")
    api.post("agreements", [agreement()])
    assert api.refusal("agreements", agreement(day=9, member="M2")).keys() == {"member"}


# --- Twice by name -----------------------------------------------------------------------------
def test_a_named_request_is_carried_out_once_and_answered_alike(api, member):
    batch = [agreement()]
    first = api.post("agreements", batch, **{"Idempotency-Key": "n-1"})
    again = api.post("agreements", batch, **{"Idempotency-Key": "n-1"})
    assert first.json()["counts"]["created"] == 1
    assert again.content == first.content
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")


def test_another_request_under_the_same_name_is_refused(api, member):
    api.post("agreements", [agreement()], **{"Idempotency-Key": "n-1"})
    for response in (
        api.post("agreements", [agreement(day=2)], **{"Idempotency-Key": "n-1"}),
        api.post("payments", [agreement()], **{"Idempotency-Key": "n-1"}),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Agreement.objects.count() == 1


def test_a_name_is_of_one_key_alone(api, member):
    other = ApiClient(api.club)
    api.post("agreements", [agreement()], **{"Idempotency-Key": "n-1"})
    assert other.post("agreements", [agreement(day=2)], **{"Idempotency-Key": "n-1"}).status_code == 200


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 256, "ü"])
def test_a_name_that_cannot_be_one_is_refused(api, name):
    assert api.post("agreements", [], **{"Idempotency-Key": name}).status_code == 422


def test_a_request_that_was_refused_as_a_whole_may_come_again_by_its_name(api, member):
    assert api.post("agreements", "{", **{"Idempotency-Key": "n-1"}).status_code == 400
    assert api.post("agreements", [agreement()], **{"Idempotency-Key": "n-1"}).status_code == 200


def test_answers_are_forgotten_after_a_day(api):
    key = {"api_key": api.key, "digest": "x"}
    ApiAnswer.objects.create(name="old", created_at=NOW.replace(day=1, hour=9, month=8), **key)
    ApiAnswer.objects.create(name="new", created_at=NOW.replace(hour=9), **key)
    assert forget_old_answers(now=NOW) == 1
    assert ApiAnswer.objects.get().name == "new"


# --- What is refused as a whole -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[" * 100_000, 400),
        ("[1e999]", 200),
        ("[NaN]", 400),
        ("[" + "9" * 5000 + "]", 400),
        (b"\xff\xfe", 400),
        ("{}", 422),
        ('"x"', 422),
        ("null", 422),
        ("[]", 200),
    ],
)
def test_what_is_no_list_of_items_is_told_so(api, body, status):
    response = api.post("members", body)
    assert response.status_code == status
    if status != 200:
        assert response["Content-Type"] == "application/problem+json"


def test_a_thousand_items_are_taken_and_one_more_is_too_many(api):
    items = [{"id": n, "first_name": "x"} for n in range(1001)]
    response = api.post("members", items)
    assert (response.status_code, response.json()["code"]) == (413, "too_many_items")
    assert api.post("members", items[:1000]).json()["counts"]["created"] == 1000


def test_a_body_that_is_too_large_is_not_read(api):
    response = api.post("members", json.dumps([{"id": 1, "first_name": "x" * 2_500_000}]))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert not Member.objects.exists()


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/v1/", "/api/v2/members", "/api/x"])
def test_an_address_that_means_nothing_is_told_as_a_problem(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_a_method_that_means_nothing_is_not_allowed(api, client):
    response = client.delete("/api/v1/agreements")
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert (response["Allow"], response.json()["code"]) == ("POST", "method_not_allowed")
    assert response.json()["detail"] == "DELETE means nothing at this address. It takes: POST."


def test_what_goes_wrong_here_is_told_as_a_problem_and_nothing_is_kept(api, member, monkeypatch, caplog):
    def broken(**_):
        raise RuntimeError("@".join(["somebody", "mail.example"]))

    monkeypatch.setattr("members.operations.facts.refresh_follow_up", broken)
    response = api.post("agreements", [agreement()])
    assert (response.status_code, response.json()["code"]) == (500, "broken")
    assert not Agreement.objects.exists()
    assert "somebody@" not in caplog.text


# --- Cost ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [1, 200])
def test_the_statements_do_not_grow_with_the_batch(api, size, django_assert_max_num_queries):
    names = [f"M{n}" for n in range(size)]
    for name in names:
        MemberFactory(club=api.club, external_id=name)
    api.post("agreements", [])
    items = [agreement(f"A{name}", member=name) for name in names]
    with django_assert_max_num_queries(8):
        assert api.post("agreements", items).json()["counts"]["created"] == size


@pytest.mark.parametrize("size", [2, 200])
def test_nor_do_those_for_members_and_visits(api, size, django_assert_max_num_queries):
    names = [f"M{n}" for n in range(size)]
    api.post("members", [])
    with django_assert_max_num_queries(20):
        assert (
            api.outcomes("members", [{"id": name, "first_name": "x"} for name in names]) == ["created"] * size
        )
    with django_assert_max_num_queries(14):
        visits = [{"id": name, "member": name, "attended_at": AT.format(1)} for name in names]
        assert api.outcomes("visits", visits) == ["created"] * size
    assert Visit.objects.count() == size


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_named_request_that_comes_eight_times_at_once_is_carried_out_once(api, member):
    def send(_):
        try:
            return api.post("agreements", [agreement()], **{"Idempotency-Key": "n-1"}).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert answers == [answers[0]] * 8
    assert answers[0]["counts"]["created"] == 1
    assert ApiAnswer.objects.count() == Agreement.objects.count() == 1
