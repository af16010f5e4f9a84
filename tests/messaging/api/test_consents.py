"""Words given elsewhere: kept for good, the latest on each channel counts whenever it comes."""

import itertools

import pytest

from members.models import Member
from members.signals import facts_changed
from messaging.gates.consent import ConsentGate
from messaging.models import ConsentRecord
from tests.api_client import ApiClient
from tests.factories import ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db

AT = "2025-08-{:02}T10:00:00Z"


@pytest.fixture
def api():
    return ApiClient(ClubFactory())


@pytest.fixture
def member(api):
    return MemberFactory(club=api.club, external_id="M1")


def word(name="W1", day=1, *, yes=False, **values):
    told = {"id": name, "member": "M1", "channel": "sms", "is_granted": yes, "occurred_at": AT.format(day)}
    return told | values


def may_be_sent(member):
    return not Member.objects.filter(ConsentGate().blocks("sms", "marketing"), pk=member.pk).exists()


def test_a_word_is_kept_as_it_was_given(api, member):
    assert api.outcomes("consents", [word(source="website", words="No more, please")]) == ["created"]
    record = ConsentRecord.objects.get()
    assert (record.member, record.is_granted, record.source, record.words) == (
        member,
        False,
        "website",
        "No more, please",
    )
    assert record.recorded_at.isoformat() == "2025-08-01T10:00:00+00:00"
    assert not may_be_sent(member)


def test_a_word_may_be_about_one_category(api, member):
    assert api.outcomes("consents", [word(category="service")]) == ["created"]
    assert ConsentRecord.objects.get().category == "service"
    assert may_be_sent(member)
    assert api.refusal("consents", word(category="marketing")).keys() == {"id"}


def test_the_same_word_twice_is_one_and_another_under_its_id_is_refused(api, member):
    api.outcomes("consents", [word()])
    assert api.outcomes("consents", [word(), word()]) == ["unchanged", "unchanged"]
    assert api.refusal("consents", word(yes=True)).keys() == {"id"}
    assert ConsentRecord.objects.count() == 1


def test_the_latest_counts_in_whatever_order_they_come(api, member):
    words = [word("W1", 1), word("W2", 2, yes=True), word("W3", 3), word("W4", 4, yes=True)]
    for order in itertools.permutations(words):
        ConsentRecord.objects.all().delete()
        api.outcomes("consents", list(order[:2]))
        api.outcomes("consents", list(order[2:]))
        assert may_be_sent(member)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"occurred_at": None}, "occurred_at"),
        ({"channel": "fax"}, "channel"),
        ({"category": "spam"}, "category"),
        ({"is_granted": "perhaps"}, "is_granted"),
        ({"member": "nobody"}, "member"),
        ({"words": "x" * 5001}, "words"),
    ],
)
def test_what_cannot_be_right_is_refused(api, member, values, field):
    assert api.refusal("consents", word(**values)).keys() == {field}


def test_workflows_hear_of_it(api, member):
    heard = []

    def listener(member_ids, **_):
        heard.append(member_ids)

    facts_changed.connect(listener)
    try:
        api.outcomes("consents", [word()])
        api.outcomes("consents", [word()])
    finally:
        facts_changed.disconnect(listener)
    assert heard == [[member.pk]]
