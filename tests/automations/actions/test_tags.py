"""Tags put on and taken off by a step: for the whole batch, once, and announced to whoever listens."""

import pytest
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from members.models import Tag
from tests.factories import NOW, EnrollmentFactory, WorkflowFactory
from tests.perk_factories import TagFactory

pytestmark = pytest.mark.django_db
ADD, REMOVE = ACTIONS["add_tag"], ACTIONS["remove_tag"]


def batch(number=2):
    return EnrollmentFactory.create_batch(number, workflow=WorkflowFactory())


def bearing(enrolled):
    return [[tag.name for tag in each.member.tags.all()] for each in enrolled]


def test_everybody_of_the_batch_gets_it_once():
    enrolled = batch()
    for _ in range(2):
        outcomes = ADD.run(enrolled, {"tag": "lapsing"}, NOW)
    assert bearing(enrolled) == [["lapsing"], ["lapsing"]]
    assert {outcome.outcome for outcome in outcomes.values()} == {"done"}
    assert {outcome.detail for outcome in outcomes.values()} == {"Tag put on: lapsing."}


def test_a_tag_of_the_same_name_at_another_club_is_another():
    theirs, enrolled = TagFactory(name="lapsing"), batch(1)
    ADD.run(enrolled, {"tag": "lapsing"}, NOW)
    assert not theirs.members.exists()
    assert Tag.objects.filter(name="lapsing").count() == 2


def test_it_is_taken_off_everybody_of_the_batch_and_nobody_else():
    enrolled = batch(3)
    tag = TagFactory(
        club=enrolled[0].workflow.club, name="Lapsing", members=[each.member for each in enrolled]
    )
    for _ in range(2):
        outcomes = REMOVE.run(enrolled[:2], {"tag": "lapsing"}, NOW)
    assert list(tag.members.all()) == [enrolled[2].member]
    assert {outcome.outcome for outcome in outcomes.values()} == {"done"}


def test_taking_off_what_nobody_bears_makes_no_tag():
    REMOVE.run(batch(1), {"tag": "unheard of"}, NOW)
    assert not Tag.objects.exists()


def test_those_whose_tags_changed_are_announced(told):
    enrolled = batch()
    TagFactory(club=enrolled[0].workflow.club, name="lapsing", members=[enrolled[0].member])
    ADD.run(enrolled, {"tag": "lapsing"}, NOW)
    assert told == [enrolled[1].member_id]


@pytest.mark.parametrize("tag", ["", "   ", "x" * 51])
def test_what_is_no_tag_is_refused(tag):
    with pytest.raises(ValidationError):
        ADD.clean({"tag": tag}, None)


def test_spaces_around_and_within_do_not_count():
    assert ADD.clean({"tag": "  Early   bird "}, None) == {"tag": "Early bird"}


def test_the_form_names_the_tags_that_there_are():
    club = TagFactory(name="VIP").club
    assert "There is: VIP." in ADD.Form(club=club).fields["tag"].help_text


def test_they_say_what_they_do():
    assert ADD.sentence({"tag": "VIP"}) == "put the tag “VIP” on the member"
    assert REMOVE.sentence({"tag": "VIP"}) == "take the tag “VIP” off the member"
