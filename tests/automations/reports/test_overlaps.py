"""A workflow that is on and asks about the same members by the same channel is named; nothing else is."""

import pytest

from automations.models import Step, Workflow
from automations.reports.overlaps import overlap_in_words
from automations.triggers import TRIGGERS
from tests.factories import ClubFactory, MessageTemplateFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    """Texts those who are away for 7 to 34 days."""
    return StepFactory().workflow


def another(club, min_days=10, max_days=20, **values):
    params = {"min_days": min_days, "max_days": max_days}
    values = {"slug": "other", "name": "Other", **values}
    return StepFactory(workflow=WorkflowFactory(club=club, trigger_params=params, **values)).workflow


def test_it_names_the_other_and_the_channel(workflow):
    another(workflow.club)
    assert overlap_in_words(workflow) == (
        "“Other” is on, too, and asks about some of the same members by SMS: they would get messages of both."
    )


@pytest.mark.parametrize(
    ("min_days", "max_days", "overlaps"),
    [(1, 6, False), (1, 7, False), (1, 8, True), (34, 50, True), (35, 50, False), (36, 50, False)],
)
def test_days_that_touch_do_not_overlap(workflow, min_days, max_days, overlaps):
    another(workflow.club, min_days, max_days)
    assert bool(overlap_in_words(workflow)) == overlaps


def test_one_that_is_off_or_of_another_club_is_not_named(workflow):
    another(workflow.club, is_enabled=False)
    another(ClubFactory())
    assert overlap_in_words(workflow) == ""


def test_one_by_another_channel_is_not_named_and_a_later_step_counts(workflow):
    other = another(workflow.club)
    mail = MessageTemplateFactory(club=workflow.club, slug="mail", as_email=True)
    other.steps.update(action_params={"template": mail.slug})
    assert overlap_in_words(workflow) == ""
    StepFactory(workflow=other, position=2)
    assert "by SMS" in overlap_in_words(Workflow.objects.get(pk=workflow.pk))


def test_the_steps_as_they_would_be_saved_count(workflow):
    another(workflow.club)
    call = Step(action="open_staff_task", action_params={"description": "Call"})
    assert overlap_in_words(workflow, [call]) == ""


def test_several_are_named_together(workflow):
    another(workflow.club)
    another(workflow.club, slug="third", name="Third")
    assert overlap_in_words(workflow).startswith("“Other”, “Third” are on, too,")


def test_one_that_cannot_be_read_is_left_to_its_own_page(workflow):
    other = another(workflow.club)
    other.trigger_params = {"min_days": "many"}
    other.save()
    assert overlap_in_words(workflow) == ""


def test_it_costs_no_more_for_many(workflow, django_assert_num_queries):
    for number in range(9):
        another(workflow.club, slug=f"w{number}")
    with django_assert_num_queries(4):
        overlap_in_words(workflow)


@pytest.mark.parametrize(("status", "overlaps"), [("lead", False), ("trial", True)])
def test_only_the_same_follow_up_status_overlaps(status, overlaps):
    trigger = TRIGGERS["follow_up_status"]
    assert trigger.overlaps({"status": "trial"}, {"status": status}) == overlaps


@pytest.mark.parametrize("how", ["template_b", "fallback"])
def test_another_wording_and_another_way_count(workflow, how):
    other = another(workflow.club)
    mail = MessageTemplateFactory(club=workflow.club, slug="mail", as_email=True)
    text = other.steps.get().action_params["template"]
    other.steps.update(action_params={"template": mail.slug, how: text})
    assert "by SMS" in overlap_in_words(workflow)
