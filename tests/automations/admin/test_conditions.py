"""The conditions in the workflow's form: rows in their order, what is wrong at its row, counted before it is saved."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from automations.models import Workflow
from members.models import CustomField
from tests.automations.admin.test_workflows import data_for, page
from tests.automations.engine.test_conditions import GOLD, RECURRING, all_of, any_of
from tests.factories import MemberFactory, StepFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

VISITS = {"field": "visits", "operator": "at_least", "value": 3, "days": 30}


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def rows(tree: dict[str, Any], prefix: str = "conditions") -> dict[str, Any]:
    """What the browser sends for such conditions."""
    data: dict[str, Any] = {f"{prefix}-match": tree.get("match", "all"), f"{prefix}-row": []}

    def add(rule: dict[str, Any], outer: str = "") -> None:
        key = str(len(data[f"{prefix}-row"]))
        data[f"{prefix}-row"].append(key)
        if "rules" in rule:
            data[f"{prefix}-{key}-match"] = rule["match"]
            for one in rule["rules"]:
                add(one, key)
            return
        data[f"{prefix}-{key}-in"] = outer
        for name, value in rule.items():
            data[f"{prefix}-{key}-{name}"] = value

    for rule in tree.get("rules", ()):
        add(rule)
    return data


def post(client: Client, workflow: Workflow, tree: dict[str, Any], **changes: Any) -> Any:
    steps = [
        {"id": step.pk, "action": step.action, "position": step.position, **_params(step)}
        for step in workflow.steps.all()
    ]
    return client.post(page(workflow), data_for(workflow, steps, **rows(tree), **changes))


def _params(step: Any) -> dict[str, Any]:
    return {f"action_params-{step.action}-{name}": value for name, value in step.action_params.items()}


def stored(workflow: Workflow) -> dict[str, Any]:
    workflow.refresh_from_db()
    return workflow.conditions


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_rows_and_groups_are_stored_as_they_stand_and_found_again(
    admin_client: Client, workflow: Workflow
) -> None:
    tree = any_of(
        GOLD, all_of(RECURRING, VISITS), {"field": "age", "operator": "between", "value": 18, "to": 30}
    )
    assert post(admin_client, workflow, tree).status_code == 302
    assert stored(workflow) == tree
    shown = admin_client.get(page(workflow))
    again = shown.context["adminform"].form["conditions"]
    assert again.field.has_changed(tree, again.field.widget.value_from_datadict(
        MultiValueDict({key: value if isinstance(value, list) else [value] for key, value in rows(tree).items()}),
        {}, "conditions",
    )) is False  # fmt: skip
    assert 'name="conditions-3-value"' in words(shown)


def test_a_form_without_any_such_rows_keeps_what_is_stored(admin_client: Client, workflow: Workflow) -> None:
    workflow.conditions = all_of(GOLD)
    workflow.save()
    admin_client.post(page(workflow), data_for(workflow))
    assert stored(workflow) == all_of(GOLD)


def test_the_last_row_removed_leaves_no_conditions(admin_client: Client, workflow: Workflow) -> None:
    workflow.conditions = all_of(GOLD)
    workflow.save()
    assert post(admin_client, workflow, {}).status_code == 302
    assert stored(workflow) == {}


def test_a_row_in_which_nothing_is_chosen_counts_for_nothing(
    admin_client: Client, workflow: Workflow
) -> None:
    post(admin_client, workflow, all_of(GOLD, {"field": "", "operator": "is"}, any_of({"field": ""})))
    assert stored(workflow) == all_of(GOLD)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({**VISITS, "value": ""}, "This field is required."),
        ({**VISITS, "days": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"field": "age", "operator": "between", "value": 30, "to": 18}, "Must not be less than the value before it."),
        ({"field": "trainer", "operator": "is", "value": "nobody"}, "“nobody” is nobody on this club&#x27;s staff."),
        ({"field": "joined_on", "operator": "is", "value": "soon"}, "Enter a valid date."),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_row_and_nothing_is_saved(
    admin_client: Client, workflow: Workflow, rule: dict[str, Any], said: str
) -> None:
    response = post(admin_client, workflow, all_of(GOLD, rule))
    assert response.status_code == 200
    assert '<p class="rollcall-error"' in words(response)
    assert said in words(response)
    assert 'value="Gold"' in words(response)
    assert stored(workflow) == {}


def test_an_operator_that_the_field_does_not_know_is_not_taken(
    admin_client: Client, workflow: Workflow
) -> None:
    post(admin_client, workflow, all_of({**RECURRING, "operator": "contains"}))
    assert stored(workflow) == all_of(RECURRING)


def test_fields_of_another_club_are_not_known(admin_client: Client, workflow: Workflow) -> None:
    CustomField.objects.create(club=MemberFactory().club, name="size", label="Size", type="number")
    post(admin_client, workflow, all_of({"field": "custom.size", "operator": "is", "value": 1}))
    assert stored(workflow) == {}
    CustomField.objects.create(club=workflow.club, name="size", label="Shoe size", type="number")
    assert "Shoe size" in words(admin_client.get(page(workflow)))
    post(admin_client, workflow, all_of({"field": "custom.size", "operator": "is", "value": 42.5}))
    assert stored(workflow)["rules"][0]["value"] == 42.5


def test_the_panel_counts_what_is_typed_and_says_it(admin_client: Client, workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, days_away=10, membership_level="Gold", first_name="Mei")
    MemberFactory(club=workflow.club, days_away=10, first_name="John")
    url = reverse("admin:automations_workflow_preview", args=[workflow.pk])
    typed = data_for(workflow, [], **rows(all_of(GOLD)), is_enabled="")
    seen = admin_client.post(url, typed)
    assert seen.context["preview"].due.count == 1
    assert ", if level is Gold" in words(seen)
    assert "Does not fit the conditions" in words(seen)
    wrong = data_for(workflow, [], **rows(all_of({**VISITS, "days": 0})), is_enabled="")
    assert ("conditions-0-days", "Ensure this value is greater than or equal to 1.") in [
        tuple(one) for one in admin_client.post(url, wrong).context["errors"]
    ]
    assert stored(workflow) == {}


def test_the_form_costs_the_same_for_one_condition_and_for_many(
    admin_client: Client, workflow: Workflow
) -> None:
    workflow.club.staff.add(UserFactory(username="anna"))

    def queries(tree: dict[str, Any]) -> int:
        workflow.conditions = tree
        workflow.save()
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(page(workflow))
        return len(captured)

    by_trainer = {"field": "trainer", "operator": "is", "value": "anna"}
    queries(all_of(by_trainer))
    assert queries(all_of(by_trainer)) == queries(all_of(*[by_trainer] * 10, GOLD))


def test_what_was_changed_is_told_in_words(admin_client: Client, workflow: Workflow) -> None:
    post(admin_client, workflow, all_of(GOLD))
    post(admin_client, workflow, any_of(GOLD, RECURRING))
    url = reverse("admin:automations_workflow_history", args=[workflow.pk])
    shown = words(admin_client.get(url))
    assert "If: from “level is Gold” to “any of: level is Gold; the membership renews by itself”." in shown
    assert "If: from “nothing” to “level is Gold”." in shown


def test_what_cannot_be_asked_any_more_does_not_break_the_page(
    admin_client: Client, workflow: Workflow
) -> None:
    Workflow.objects.update(conditions=all_of({"field": "gone", "operator": "is", "value": 1}))
    shown = words(admin_client.get(page(workflow)))
    assert "data-conditions" in shown
    panel = admin_client.get(reverse("admin:automations_workflow_preview", args=[workflow.pk]))
    assert "This workflow cannot be read" in words(panel)
