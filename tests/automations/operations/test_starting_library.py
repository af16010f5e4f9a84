"""The starting workflows come switched off, once, and never over what a club's staff made."""

import pytest

from automations.checks import stored_workflows_fit
from automations.models import Step, Workflow
from automations.operations.starting_library import add_starting_workflows, starting_library
from members.models import FollowUpStatus
from messaging.models import MessageTemplate
from messaging.operations.wording import envelope_of
from messaging.rules.placeholders import OF_THE_OCCASION
from messaging.rules.sms_parts import is_cheap
from tests.factories import (
    ClubFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
OF_AN_OCCURRENCE = {one.name: one.sample for one in OF_THE_OCCASION if one.name != "unsubscribe_link"}


def everything() -> list[list[dict[str, object]]]:
    return [
        list(model._default_manager.order_by("pk").values()) for model in (MessageTemplate, Workflow, Step)
    ]


def test_a_new_club_gets_templates_and_workflows_with_their_steps_all_off() -> None:
    club = ClubFactory()
    added = {workflow.slug: workflow for workflow in add_starting_workflows(club=club)}
    assert {workflow.club for workflow in added.values()} == {club}
    assert [step.action_params for step in added["missed-class"].steps.all()] == [
        {"template": "missed-you-sms"}
    ]
    assert set(MessageTemplate.objects.values_list("club", flat=True)) == {club.pk}
    assert not Workflow.objects.filter(is_enabled=True).exists()
    assert stored_workflows_fit(databases=["default"]) == []


def test_there_is_one_for_each_follow_up_status() -> None:
    added = add_starting_workflows(club=ClubFactory())
    statuses = [w.trigger_params["status"] for w in added if w.trigger == "follow_up_status"]
    assert sorted(statuses) == sorted(FollowUpStatus.values)
    assert all(workflow.steps.exists() for workflow in added)


def test_there_are_twenty_and_more_each_on_its_shelf() -> None:
    added = add_starting_workflows(club=ClubFactory())
    assert len(added) >= 20
    assert {workflow.category for workflow in added} == set(Workflow.Category.values)


def test_one_alone_brings_what_its_steps_use_and_nothing_else() -> None:
    club = ClubFactory()
    assert [each.slug for each in add_starting_workflows(club=club, slugs=["status-active"])] == [
        "status-active"
    ]
    assert list(MessageTemplate.objects.values_list("slug", flat=True)) == ["welcome-email"]
    assert add_starting_workflows(club=club, slugs=["no-such-thing"]) == []


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_their_messages_can_be_filled_for_anybody_and_let_a_reader_out(channel: str) -> None:
    club = ClubFactory()
    add_starting_workflows(club=club)
    member = MemberFactory(club=club, days_away=9)
    for template in MessageTemplate.objects.filter(club=club, channel=channel):
        message = MessageFactory(member=member, template=template, channel=channel, context=OF_AN_OCCURRENCE)
        text = envelope_of(message).text
        assert "{{" not in text
        assert channel == "sms" or "/u/" in text
        if template.slug != "missed-you-sms":
            assert channel == "email" or is_cheap(text)


def test_in_collections_nobody_is_written_to_by_itself() -> None:
    added = {workflow.slug: workflow for workflow in add_starting_workflows(club=ClubFactory())}
    assert {step.action for step in added["status-collections"].steps.all()} == {"open_staff_task"}


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
    assert workflow.slug not in {added.slug for added in add_starting_workflows(club=club)}
    template.refresh_from_db()
    workflow.refresh_from_db()
    assert (template.text_body, workflow.name, workflow.is_enabled) == ("Come back!", "Ours", True)
    assert not workflow.steps.exists()
    assert MessageTemplate.objects.get(club=club, slug=template.slug) == template


def test_another_clubs_are_left_alone() -> None:
    other = StepFactory(workflow__slug="missed-class").workflow
    before = everything()
    assert other.club not in {added.club for added in add_starting_workflows(club=ClubFactory())}
    assert all(row in rows for rows, kept in zip(everything(), before, strict=True) for row in kept)
    assert other.steps.count() == 1


def test_nothing_is_left_behind_when_it_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(self: Step) -> None:
        raise RuntimeError

    monkeypatch.setattr(Step, "full_clean", breaks_off)
    with pytest.raises(RuntimeError):
        add_starting_workflows(club=ClubFactory())
    assert everything() == [[], [], []]


def test_a_template_that_several_steps_use_is_named_once():
    for one in starting_library(ClubFactory()):
        slugs = [template.slug for template in one.templates]
        assert len(slugs) == len(set(slugs)), one.workflow
