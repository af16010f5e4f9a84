"""The system check finds stored workflows that no longer fit, and says which and why."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError

from automations.actions import ACTIONS
from automations.checks import _is_about_to_migrate, stored_workflows_fit
from automations.models import Step, Workflow
from automations.triggers import TRIGGERS
from tests.factories import MessageTemplateFactory, StepFactory

pytestmark = pytest.mark.django_db
KNOWN = ", ".join(action.kind for action in ACTIONS)


@pytest.fixture
def step() -> Step:
    return StepFactory(workflow__name="Missed class")


def test_what_fits_is_not_mentioned(step: Step) -> None:
    assert stored_workflows_fit(databases=["default"]) == []


def test_without_a_database_to_look_at_it_asks_none(step: Step, django_assert_num_queries: Any) -> None:
    Workflow.objects.update(trigger="gone")
    with django_assert_num_queries(0):
        assert stored_workflows_fit(databases=None) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trigger": "gone"}, f"“gone” does not exist; there is: {', '.join(one.kind for one in TRIGGERS)}."),
        ({"trigger_params": {"max_days": 35}}, "Away for at least (days): This field is required."),
        (
            {"trigger_params": {"min_days": 35, "max_days": 7}},
            "and fewer than (days): Must be more than the days in the line above.",
        ),
    ],
)
def test_a_trigger_that_does_not_fit_is_an_error(changes: dict[str, Any], said: str, step: Step) -> None:
    Workflow.objects.update(**changes)
    (error,) = stored_workflows_fit(databases=["default"])
    assert (error.id, error.obj, error.msg) == ("automations.E001", step.workflow, said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"action": "dance"}, f"“dance” does not exist; there is: {KNOWN}."),
        ({"action_params": {}}, "Message template: This field is required."),
        (
            {"action_params": {"template": "gone"}},
            "Message template: Select a valid choice. gone is not one of the available choices.",
        ),
    ],
)
def test_an_action_that_does_not_fit_is_an_error(changes: dict[str, Any], said: str, step: Step) -> None:
    Step.objects.update(**changes)
    (error,) = stored_workflows_fit(databases=["default"])
    assert (error.id, error.obj, error.msg) == ("automations.E001", step, said)


def test_a_template_of_another_club_does_not_count(step: Step) -> None:
    theirs = MessageTemplateFactory(slug="theirs")
    Step.objects.update(action_params={"template": theirs.slug})
    assert [error.obj for error in stored_workflows_fit(databases=["default"])] == [step]


def test_each_of_several_is_named(step: Step) -> None:
    StepFactory()
    Workflow.objects.update(trigger="gone")
    Step.objects.update(action="dance")
    assert len(stored_workflows_fit(databases=["default"])) == 4


def test_the_check_command_asks_it(step: Step) -> None:
    call_command("check", databases=["default"])
    Workflow.objects.update(trigger="gone")
    with pytest.raises(SystemCheckError, match=r"automations\.E001"):
        call_command("check", databases=["default"])


@pytest.mark.parametrize("is_to_come", [True, False])
def test_what_cannot_be_read_before_a_migration_is_not_judged_and_breaks_afterwards(
    step: Step, monkeypatch: pytest.MonkeyPatch, is_to_come: bool
) -> None:
    def unreadable(row: Any) -> None:
        raise OperationalError("no such column")

    monkeypatch.setattr(Workflow, "clean", unreadable)
    monkeypatch.setattr("automations.checks._is_about_to_migrate", lambda database: is_to_come)
    if is_to_come:
        assert stored_workflows_fit(databases=["default"]) == []
    else:
        with pytest.raises(OperationalError):
            stored_workflows_fit(databases=["default"])


def test_a_database_that_is_up_to_date_is_not_about_to_migrate() -> None:
    assert not _is_about_to_migrate("default")
