"""What a step may change of a member: three fields, for the whole batch, with a version that says why."""

import pytest
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from tests.factories import NOW, EnrollmentFactory, MemberFactory, UserFactory, WorkflowFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
SET = ACTIONS["set_member_field"]
NOTHING = {"level": "", "stage": "", "trainer": ""}


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    workflow.club.staff.add(UserFactory(username="eva"))
    return workflow


def test_it_changes_those_who_differ_and_says_who_did_not(workflow, told):
    gold, other = (
        EnrollmentFactory(
            workflow=workflow,
            member=MemberFactory(club=workflow.club, days_away=10, membership_level=level),
        )
        for level in ("Gold", "")
    )
    outcomes = SET.run([gold, other], NOTHING | {"level": "Gold"}, NOW)
    other.member.refresh_from_db()
    assert other.member.membership_level == "Gold"
    assert [outcomes[each.pk].reason for each in (gold, other)] == ["already_so", ""]
    assert told == [other.member_id]
    assert gold.member.history.count() == 1
    version = other.member.history.first()
    assert (version.membership_level, version.history_change_reason) == ("Gold", "workflow “Missed class”")


def test_stage_and_trainer_change_together(workflow):
    enrollment = EnrollmentFactory(workflow=workflow)
    SET.run([enrollment], NOTHING | {"stage": "former", "trainer": "eva"}, NOW)
    enrollment.member.refresh_from_db()
    assert (enrollment.member.stage, enrollment.member.trainer.username) == ("former", "eva")


def test_a_change_of_stage_works_out_the_status_anew(workflow):
    enrollment = EnrollmentFactory(workflow=workflow)
    SET.run([enrollment], NOTHING | {"stage": "lead"}, NOW)
    enrollment.member.refresh_from_db()
    assert enrollment.member.follow_up_status == "lead"


@pytest.mark.parametrize(
    "params", [{}, {"stage": "king"}, {"trainer": "stranger"}, {"level": "x" * 51}, {"email": "a@b.example"}]
)
def test_what_does_not_fit_is_refused(params, workflow):
    UserFactory(username="stranger")
    with pytest.raises(ValidationError):
        SET.clean(NOTHING | params, workflow.club)
    assert SET.clean(NOTHING | {"trainer": "eva"}, workflow.club)["trainer"] == "eva"


def test_many_cost_as_many_queries_as_two(workflow, django_assert_max_num_queries):
    for number in (2, 20):
        enrolled = EnrollmentFactory.create_batch(number, workflow=workflow)
        with django_assert_max_num_queries(16):
            SET.run(enrolled, NOTHING | {"level": "Gold"}, NOW)


def test_it_says_what_it_does():
    params = {"level": "Gold", "stage": "former", "trainer": "eva"}
    assert (
        SET.sentence(params)
        == "set the level to “Gold” and the stage to “Former member” and the trainer to eva"
    )
