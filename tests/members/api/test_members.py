"""Members told by another system: the file's rules for each value, and each field by the newest that was told of it."""

import itertools

import pytest

from members.models import CustomField, FollowUpChange, Member
from members.signals import facts_changed
from tests.factories import MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = "2025-08-{:02}T10:00:00Z"


def told(day, **values):
    return {"id": "M1", "first_name": "Ana", "occurred_at": AT.format(day)} | values


def test_a_member_is_created_changed_and_left_as_she_is(api):
    assert api.outcomes("members", [told(1, phone="+41 79 123 45 67")]) == ["created"]
    assert api.outcomes("members", [told(2, email="ana@mail.example")]) == ["updated"]
    assert api.outcomes("members", [told(2, email="ana@mail.example")]) == ["unchanged"]
    member = Member.objects.get(club=api.club, external_id="M1")
    assert (member.phone, member.email, member.phone_is_dialable) == (
        "+41791234567",
        "ana@mail.example",
        True,
    )
    assert member.follow_up_status == "active"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "nowhere"}, "email"),
        ({"phone": "079 123"}, "phone"),
        ({"first_name": " "}, "first_name"),
        ({"membership_status": "gone"}, "membership_status"),
        ({"birthday_on": "2999-01-01"}, "birthday_on"),
        ({"trainer": "nobody"}, "trainer"),
        ({"id": None}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"emial": "a@b.example"}, "emial"),
        ({"last_name": "\x00"}, "last_name"),
        ({"last_name": "\ud800"}, "last_name"),
        ({"last_name": ["x"]}, "last_name"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_its_name(api, values, field):
    assert api.refusal("members", told(1, **values)).keys() == {field}
    assert not Member.objects.exists()


def test_a_new_member_needs_a_first_name_and_a_known_one_does_not(api):
    assert api.refusal("members", {"id": "M1", "last_name": "Doe"}).keys() == {"first_name"}
    MemberFactory(club=api.club, external_id="M1")
    assert api.outcomes("members", [{"id": "M1", "last_name": "Other"}]) == ["updated"]


def test_a_trainer_is_found_among_the_clubs_staff(api):
    trainer = UserFactory(username="maria")
    api.club.staff.add(trainer)
    api.outcomes("members", [told(1, trainer="maria")])
    assert Member.objects.get().trainer == trainer


def test_each_field_goes_by_the_newest_that_was_told_of_it(api):
    api.outcomes("members", [told(5, email="new@mail.example")])
    [result] = api.post("members", [told(4, email="old@mail.example")]).json()["results"]
    assert result == {"id": "M1", "outcome": "unchanged", "reason": "older"}
    # What nothing newer was said of is taken from an older one as well.
    assert api.outcomes("members", [told(3, email="older@mail.example", last_name="Doe")]) == ["updated"]
    member = Member.objects.get()
    assert (member.email, member.last_name) == ("new@mail.example", "Doe")


def test_the_order_of_arrival_does_not_matter(api):
    items = [
        told(1, email="one@mail.example", stage="lead"),
        told(2, last_name="Doe"),
        told(3, email="three@mail.example"),
        told(3, email="tie@mail.example", membership_status="frozen"),
    ]
    seen = set()
    for order in itertools.permutations(items):
        FollowUpChange.objects.all().delete()
        Member.objects.all().delete()
        for batch in (order[:1], order[1:]):
            api.outcomes("members", list(batch))
        seen.add(
            Member.objects.values_list(
                "email", "last_name", "stage", "membership_status", "follow_up_status"
            ).get()
        )
    assert seen == {("tie@mail.example", "Doe", "lead", "frozen", "lead")}


def test_one_member_several_times_in_a_batch_is_taken_in_its_order(api):
    assert api.outcomes("members", [told(1), told(3, last_name="C"), told(2, last_name="B")]) == [
        "created",
        "updated",
        "unchanged",
    ]
    assert Member.objects.get().last_name == "C"


def test_the_bell_rings_for_those_who_changed(api):
    heard = []

    def listener(member_ids, **_):
        heard.extend(member_ids)

    facts_changed.connect(listener)
    try:
        api.outcomes("members", [told(1)])
        api.outcomes("members", [told(1)])
    finally:
        facts_changed.disconnect(listener)
    assert heard == [Member.objects.get().pk]


def test_a_clubs_own_fields_go_each_by_its_newest_and_by_its_type(api):
    CustomField.objects.create(club=api.club, name="size", label="Size", type="number")
    CustomField.objects.create(club=api.club, name="goal", label="Goal", type="text")
    assert api.outcomes("members", [told(3, **{"custom.size": 42})]) == ["created"]
    assert api.outcomes("members", [told(2, **{"custom.size": 41, "custom.goal": "Run"})]) == ["updated"]
    assert Member.objects.get().custom == {"size": 42, "goal": "Run"}
    assert api.outcomes("members", [told(4, **{"custom.size": None})]) == ["updated"]
    assert Member.objects.get().custom == {"goal": "Run"}
    for wrong in ({"custom.size": "large"}, {"custom.other": 1}):
        assert api.outcomes("members", [told(5, **wrong)]) == ["refused"]
