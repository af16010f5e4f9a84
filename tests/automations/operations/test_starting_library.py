"""The starting workflows come switched off, once, and never over what a club's staff made."""

import pytest

from automations.checks import stored_workflows_fit
from automations.models import Step, Workflow
from automations.operations.starting_library import add_starting_workflows
from messaging.models import MessageTemplate
from tests.factories import ClubFactory, MessageTemplateFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


def everything() -> list[list[dict[str, object]]]:
    return [
        list(model._default_manager.order_by("pk").values()) for model in (MessageTemplate, Workflow, Step)
    ]


def test_a_new_club_gets_templates_and_workflows_with_their_steps_all_off() -> None:
    club = ClubFactory()
    (workflow,) = add_starting_workflows(club=club)
    assert (workflow.club, workflow.slug, workflow.trigger) == (club, "missed-class", "missed_class")
    assert [step.action_params for step in workflow.steps.all()] == [{"template": "missed-you-sms"}]
    assert set(MessageTemplate.objects.values_list("club", "slug")) == {
        (club.pk, "missed-you-sms"),
        (club.pk, "missed-you-email"),
    }
    assert not Workflow.objects.filter(is_enabled=True).exists()
    assert stored_workflows_fit(databases=["default"]) == []


def test_a_second_time_adds_nothing() -> None:
    club = ClubFactory()
    add_starting_workflows(club=club)
    before = everything()
    assert add_starting_workflows(club=club) == []
    assert everything() == before


def test_what_the_staff_made_of_theirs_stays() -> None:
    club = ClubFactory()
    workflow = WorkflowFactory(club=club, slug="missed-class", name="Ours")
    template = MessageTemplateFactory(club=club, slug="missed-you-sms", text_body="Come back!")
    assert add_starting_workflows(club=club) == []
    template.refresh_from_db()
    workflow.refresh_from_db()
    assert (template.text_body, workflow.name, workflow.is_enabled) == ("Come back!", "Ours", True)
    assert not Step.objects.exists()
    assert MessageTemplate.objects.filter(club=club).count() == 2


def test_another_clubs_are_left_alone() -> None:
    other = StepFactory(workflow__slug="missed-class").workflow
    before = everything()
    (added,) = add_starting_workflows(club=ClubFactory())
    assert added.club != other.club
    assert all(row in rows for rows, kept in zip(everything(), before, strict=True) for row in kept)
    assert other.steps.count() == 1


def test_nothing_is_left_behind_when_it_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(self: Step) -> None:
        raise RuntimeError

    monkeypatch.setattr(Step, "full_clean", breaks_off)
    with pytest.raises(RuntimeError):
        add_starting_workflows(club=ClubFactory())
    assert everything() == [[], [], []]
