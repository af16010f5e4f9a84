"""Credits given by a step: once per enrollment and step."""

import pytest
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from members.models import CreditEntry
from members.operations.credits import balance_of
from tests.factories import NOW, EnrollmentFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
GRANT = ACTIONS["grant_credits"]
FIVE = {"credits": 5, "reason": "welcome back"}


def test_each_enrollment_gets_them_once_and_another_step_gives_again():
    workflow = WorkflowFactory()
    first, second = (
        StepFactory(workflow=workflow, position=number, action="grant_credits", action_params=FIVE)
        for number in (1, 2)
    )
    enrolled = EnrollmentFactory.create_batch(2, workflow=workflow, step=first)
    for _ in range(2):
        outcomes = GRANT.run(enrolled, FIVE, NOW)
    assert [balance_of(each.member) for each in enrolled] == [5, 5]
    assert {outcome.detail for outcome in outcomes.values()} == {"5 credits given."}
    enrolled[0].step = second
    GRANT.run(enrolled[:1], FIVE, NOW)
    assert [balance_of(each.member) for each in enrolled] == [10, 5]
    assert {entry.entered_by for entry in CreditEntry.objects.all()} == {None}


@pytest.mark.parametrize("params", [{"credits": 0}, {"credits": -1}, {"credits": 1001}, {"reason": ""}])
def test_what_does_not_fit_is_refused(params):
    with pytest.raises(ValidationError):
        GRANT.clean(FIVE | params, None)
    assert GRANT.clean(FIVE, None) == FIVE


def test_it_says_what_it_does():
    assert GRANT.sentence(FIVE) == "give 5 credits"
    assert GRANT.sentence(FIVE | {"credits": 1}) == "give 1 credit"
