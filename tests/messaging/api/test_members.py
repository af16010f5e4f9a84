"""Reading one member: her status with since and reasons, where she may be reached, what she agreed to."""

import pytest

from tests.api_client import ApiClient
from tests.factories import ClubFactory, ConsentRecordFactory, MemberFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return ApiClient(ClubFactory())


def test_a_member_is_read_with_her_status_and_why(api):
    MemberFactory(club=api.club, external_id="M1", phone="")
    api.post(
        "agreements",
        [{"id": "A1", "member": "M1", "purchased_on": "2025-08-01", "status": "active", "past_due": 4000}],
    )
    told = api.get("members/M1").json()
    assert (told["id"], told["first_name"]) == ("M1", "John")
    status = told["follow_up_status"]
    assert (status["code"], status["label"]) == ("delinquent", "Delinquent Customer")
    assert status["since"]
    assert "40.00" in " ".join(status["reasons"])
    assert told["channels"] == {
        "sms": {
            "may_be_sent": False,
            "reason": "No phone number.",
            "service": {"may_be_sent": False, "reason": "No phone number."},
        },
        "email": {"may_be_sent": True, "reason": "", "service": {"may_be_sent": True, "reason": ""}},
    }


def test_her_latest_word_on_each_channel_is_told_and_what_stops_one(api):
    member = MemberFactory(club=api.club, external_id="M1")
    ConsentRecordFactory(member=member, channel="sms", is_granted=False, source="front desk")
    SuppressionFactory(club=api.club, channel="email", address=member.email)
    told = api.get("members/M1").json()
    assert [(one["channel"], one["is_granted"], one["source"]) for one in told["consents"]] == [
        ("sms", False, "front desk")
    ]
    assert told["channels"]["sms"]["reason"] == "Opted out of texts with offers and news."
    assert "suppression" in told["channels"]["email"]["reason"]


def test_a_word_about_offers_alone_leaves_the_rest(api):
    member = MemberFactory(club=api.club, external_id="M1")
    ConsentRecordFactory(member=member, channel="sms", category="marketing")
    told = api.get("members/M1").json()
    assert told["consents"][0]["category"] == "marketing"
    assert told["channels"]["sms"]["may_be_sent"] is False
    assert told["channels"]["sms"]["service"] == {"may_be_sent": True, "reason": ""}


def test_any_id_can_be_asked_for(api):
    MemberFactory(club=api.club, external_id="a/b ü")
    assert api.get("members/a%2Fb%20%C3%BC").json()["id"] == "a/b ü"


@pytest.mark.parametrize("name", ["nobody", "x" * 500, "%00", "%ff", "..", "M1/x"])
def test_who_is_not_there_is_not_found(api, name):
    MemberFactory(club=api.club, external_id="M1")
    response = api.get(f"members/{name}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_reading_costs_the_same_however_much_there_is(api, django_assert_max_num_queries):
    member = MemberFactory(club=api.club, external_id="M1")
    for _ in range(20):
        ConsentRecordFactory(member=member)
    api.get("members/M1")
    with django_assert_max_num_queries(8):
        api.get("members/M1")
