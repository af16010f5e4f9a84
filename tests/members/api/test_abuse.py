"""Whatever is sent, nothing breaks: every item of every kind is taken or refused, and no request gives a 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.api import api as whole
from members.api.facts import AGREEMENTS, BOOKINGS, CLASSES, PAYMENTS, VISITS
from members.transfer.columns import COLUMNS
from messaging.api.consents import COLUMNS as CONSENT
from tests.api_client import ApiClient
from tests.factories import AgreementFactory, ClassSessionFactory, ClubFactory, MemberFactory

KINDS = {
    "members": [*COLUMNS, "occurred_at"],
    "agreements": list(AGREEMENTS.columns),
    "payments": list(PAYMENTS.columns),
    "classes": list(CLASSES.columns),
    "bookings": list(BOOKINGS.columns),
    "visits": list(VISITS.columns),
    "consents": list(CONSENT),
}
LIKELY = [
    *(
        "M1",
        "A1",
        "C1",
        "1",
        "",
        " ",
        "active",
        "member",
        "lead",
        "web",
        "booked",
        "paid",
        "sms",
        "USD",
        "canceled",
    ),
    *(
        "2025-08-01",
        "2025-08-01T10:00:00Z",
        "1900-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01",
    ),
    *(
        "2025-03-30T02:30:00",
        "+41791234567",
        "ana@mail.example",
        "Europe/Zurich",
        "true",
        "\x00",
        "\ud800",
        "x" * 300,
    ),
    *(0, 1, -1, 2**31, 2**63, 2**200, 1.5, 1e308, True, False, None, [], {}, [[]], {"a": 1}),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def items_of(names):
    likely = st.dictionaries(st.sampled_from(names), st.sampled_from(LIKELY) | anything, max_size=len(names))
    return st.lists(
        likely | likely.map(lambda item: {"id": "1", "member": "M1", **item}) | anything, max_size=6
    )


@pytest.fixture
def api(db):
    api = ApiClient(ClubFactory(), requests_per_minute=100_000)
    member = MemberFactory(club=api.club, external_id="M1")
    AgreementFactory(member=member, external_id="A1")
    ClassSessionFactory(club=api.club, external_id="C1")
    return api


@pytest.mark.parametrize("kind", KINDS)
def test_no_items_whatever_they_say_break_anything(api, kind):
    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(items=items_of(KINDS[kind]))
    def check(items):
        response = api.post(kind, json.dumps(items))
        assert response.status_code == 200, response.content
        told = response.json()
        assert len(told["results"]) == len(items)
        assert sum(told["counts"].values()) == len(items)
        for result in told["results"]:
            assert (result["outcome"] == "refused") == bool(result.get("errors"))

    check()


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    body=st.binary(max_size=60) | anything.map(json.dumps).map(str.encode),
    name=st.none() | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=300),
)
def test_no_body_whatever_it_is_breaks_anything(api, body, name):
    headers = {} if name is None else {"Idempotency-Key": name}
    assert api.post("agreements", body, **headers).status_code in (200, 400, 413, 422)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(
    name=st.text(max_size=80),
    params=st.dictionaries(st.sampled_from(["after", "limit"]), st.text(max_size=30)),
)
def test_no_question_whatever_it_asks_breaks_anything(api, name, params):
    from urllib.parse import quote

    address = quote(name.encode("utf-8", "surrogatepass"), safe="")
    assert api.get(f"members/{address}").status_code in (200, 301, 404)
    assert api.get("messages", **params).status_code in (200, 422)


def test_the_page_describes_all_that_is_taken():
    described = whole.get_openapi_schema()["paths"]
    for kind, names in KINDS.items():
        operation = described[f"/api/v1/{kind}"]["post"]
        item = operation["requestBody"]["content"]["application/json"]["schema"]["items"]
        left_out = {"external_id", "birthday", "joined_at", "club_slug"} if kind == "members" else set()
        assert set(item["properties"]) == set(names) - left_out
        assert operation["security"] == [{"KeyThatMay": []}]
        assert {"200", "400", "401", "403", "413", "422", "429"} == {
            str(code) for code in operation["responses"]
        }
