"""Which steps send a template."""

import pytest

from messaging.models import MessageTemplate
from messaging.signals import uses_of
from tests.factories import ClubFactory, MessageTemplateFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


def test_each_step_that_sends_it_is_named_with_its_place() -> None:
    step = StepFactory()
    [use] = uses_of([MessageTemplate.objects.get()])[MessageTemplate.objects.get().pk]
    assert use.place == "Missed class, step 1"
    assert use.url.endswith(f"/workflow/{step.workflow_id}/change/")
    assert use.refusal.startswith("“Missed class” sends it in step 1.")


def test_a_namesake_in_another_club_is_not_meant() -> None:
    slug = StepFactory().action_params["template"]
    other = MessageTemplateFactory(slug=slug)
    StepFactory(
        workflow=WorkflowFactory(club=other.club), action="open_staff_task", action_params={"template": slug}
    )
    assert uses_of([other]) == {other.pk: []}


def test_many_cost_as_many_queries_as_one(django_assert_num_queries) -> None:
    for _number in range(5):
        StepFactory(workflow=WorkflowFactory(club=ClubFactory()))
    templates = list(MessageTemplate.objects.all())
    with django_assert_num_queries(1):
        assert all(len(uses) == 1 for uses in uses_of(templates).values())
