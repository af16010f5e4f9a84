"""Segments: who is in them now, where they are used, kept from going while they are, and a filter of the members."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.conditions import Asked, read
from automations.models import Segment
from members.models import Club, CustomField, Member
from tests.automations.admin.test_conditions import rows, words
from tests.automations.engine.test_conditions import GOLD, RECURRING, all_of, any_of
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = reverse("admin:automations_segment_changelist")
ADD = reverse("admin:automations_segment_add")


def in_segment(slug: str) -> dict[str, Any]:
    return {"field": "segment", "operator": "is", "value": slug}


@pytest.fixture
def club() -> Club:
    club = ClubFactory()
    MemberFactory(club=club, first_name="Mei", membership_level="Gold")
    MemberFactory(club=club, first_name="John", recurring=True)
    MemberFactory(first_name="Elsewhere", membership_level="Gold")
    return club


@pytest.fixture
def gold(club: Club) -> Segment:
    return Segment.objects.create(club=club, slug="gold", name="Gold members", conditions=all_of(GOLD))


def page(segment: Segment, what: str = "change") -> str:
    return reverse(f"admin:automations_segment_{what}", args=[segment.pk])


def test_one_is_made_counted_and_found_again(client: Client, club: Club) -> None:
    client.force_login(staff_of(club))
    typed = {"club": club.pk, "name": "Gold", "slug": "gold", **rows(all_of(GOLD))}
    seen = client.post(reverse("admin:automations_segment_preview_new"), typed)
    assert "1 member is in it" in words(seen).replace("</span>", "").replace(
        '<span class="rollcall-number">', ""
    )
    assert "Mei" in words(seen)
    assert "Elsewhere" not in words(seen)
    assert not Segment.objects.exists()
    assert client.post(ADD, typed).status_code == 302
    assert Segment.objects.get().conditions == all_of(GOLD)
    assert "level is Gold" in words(client.get(LIST))


def test_one_without_conditions_is_refused(client: Client, club: Club) -> None:
    client.force_login(staff_of(club))
    assert "No conditions yet: a segment needs one." in words(client.get(ADD))
    typed = {"club": club.pk, "name": "All", "slug": "all", **rows({})}
    seen = words(client.post(reverse("admin:automations_segment_preview_new"), typed))
    assert "As soon as everything is filled in" in seen
    assert "in it<" not in seen
    assert "Say who is in it." in words(client.post(ADD, typed))


def test_segments_use_segments_but_never_themselves(club: Club, gold: Segment) -> None:
    both = Segment(club=club, slug="both", name="Both", conditions=any_of(in_segment("gold"), RECURRING))
    both.full_clean()
    both.save()
    asked = Asked(club, NOW)
    found = Member.objects.filter(read(both.conditions, asked).q(asked), club=club)
    assert {member.first_name for member in found} == {"Mei", "John"}
    for round_about in (in_segment("gold"), in_segment("both")):
        gold.conditions = all_of(round_about)
        with pytest.raises(ValidationError, match="uses itself"):
            gold.full_clean()
    gold.conditions = all_of(in_segment("gone"))
    with pytest.raises(ValidationError, match="There is no segment “gone”"):
        gold.full_clean()


def test_a_ring_that_came_by_another_way_is_not_followed_for_ever(club: Club, gold: Segment) -> None:
    Segment.objects.update(conditions=all_of(in_segment("gold")))
    asked = Asked(Club.objects.get(pk=club.pk), NOW)
    with pytest.raises(ValidationError, match="uses itself"):
        read(all_of(in_segment("gold")), asked).q(asked)


def test_whoever_is_not_in_it_is_everybody_else_also_where_nobody_can_tell(club: Club) -> None:
    adults = all_of({"field": "age", "operator": "at_least", "value": 18})
    Segment.objects.create(club=club, slug="adults", name="Adults", conditions=adults)
    asked = Asked(club, NOW)
    others = read(all_of({**in_segment("adults"), "operator": "is_not"}), asked).q(asked)
    assert Member.objects.filter(others, club=club).count() == 2


def test_one_that_is_used_is_not_deleted(client: Client, gold: Segment) -> None:
    workflow = StepFactory(workflow__club=gold.club).workflow
    workflow.conditions = any_of(GOLD, all_of(in_segment("gold"), RECURRING))
    workflow.save()
    client.force_login(staff_of(gold.club))
    assert "Used by:" in words(client.get(page(gold)))
    assert "Missed class" in words(client.get(LIST))
    assert client.post(page(gold, "delete"), {"post": "yes"}).status_code == 403
    by_list = {"action": "delete_selected", "_selected_action": gold.pk, "post": "yes"}
    client.post(LIST, by_list)
    assert Segment.objects.filter(pk=gold.pk).exists()
    workflow.conditions = {}
    workflow.save()
    client.post(page(gold, "delete"), {"post": "yes"})
    assert not Segment.objects.filter(pk=gold.pk).exists()


def test_a_clubs_own_field_stays_while_it_is_asked_about(client: Client, club: Club) -> None:
    field = CustomField.objects.create(club=club, name="size", label="Size", type="number")
    asks = all_of({"field": "custom.size", "operator": "filled"})
    segment = Segment.objects.create(club=club, slug="sized", name="Sized", conditions=asks)
    client.force_login(staff_of(club))
    url = reverse("admin:members_customfield_delete", args=[field.pk])
    assert "“Sized” uses “Size”." in words(client.get(url))
    client.post(url, {"post": "yes"})
    assert CustomField.objects.exists()
    segment.delete()
    client.post(url, {"post": "yes"})
    assert not CustomField.objects.exists()


def test_the_members_are_filtered_by_it(client: Client, gold: Segment) -> None:
    client.force_login(staff_of(gold.club))
    members = reverse("admin:members_member_changelist")
    assert "Gold members" in words(client.get(members))
    shown = client.get(members, {"segment": gold.pk}).context["cl"].result_list
    assert [member.first_name for member in shown] == ["Mei"]


def test_those_of_other_clubs_are_neither_offered_nor_asked(client: Client, gold: Segment) -> None:
    client.force_login(staff_of(ClubFactory()))
    members = reverse("admin:members_member_changelist")
    assert "Gold members" not in words(client.get(members))
    assert list(client.get(members, {"segment": gold.pk}).context["cl"].result_list) == []
    for what in ("change", "preview"):
        assert client.get(page(gold, what)).status_code in (302, 404)


def test_who_may_only_look_sees_who_is_in_it_without_names(client: Client, gold: Segment) -> None:
    client.force_login(staff_of(gold.club, permissions=["automations.view_segment"]))
    shown = words(client.get(page(gold, "preview")))
    assert "is in it" in shown
    assert "Mei" not in shown
    assert client.post(page(gold, "preview"), rows(all_of(GOLD))).status_code == 403


def test_the_list_costs_the_same_for_few_and_for_many(client: Client, gold: Segment) -> None:
    client.force_login(staff_of(gold.club))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    queries()
    few = queries()
    for number in range(10):
        by_trainer = {"field": "trainer", "operator": "is", "value": "anna"}
        Segment.objects.create(
            club=gold.club,
            slug=f"s{number}",
            name=f"S{number}",
            conditions=all_of(in_segment("gold"), by_trainer),
        )
    assert queries() == few
