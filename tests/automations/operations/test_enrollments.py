"""Taking a member out of a workflow: ended where she stands, once."""

import pytest

from automations.engine.advancement import advance
from automations.models import Enrollment, StepRun
from automations.operations.enrollments import NotUnderWay, take_out
from tests.factories import NOW, EnrollmentFactory, StepFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment():
    step = StepFactory()
    return EnrollmentFactory(workflow=step.workflow, step=step, position=1)


def test_no_further_step_is_taken(enrollment):
    take_out(enrollment_id=enrollment.pk, now=NOW)
    assert advance(now=NOW) == {}
    assert not StepRun.objects.exists()


def test_it_keeps_when_and_why(enrollment):
    taken = take_out(enrollment_id=enrollment.pk, now=NOW)
    taken.refresh_from_db()
    assert (taken.status, taken.ended_at, taken.end_reason, taken.step) == (
        Enrollment.Status.EXITED,
        NOW,
        "taken_out",
        None,
    )


def test_who_is_not_under_way_is_left_as_she_is(enrollment):
    Enrollment.objects.update(status=Enrollment.Status.DONE)
    with pytest.raises(NotUnderWay):
        take_out(enrollment_id=enrollment.pk, now=NOW)
    enrollment.refresh_from_db()
    assert enrollment.status == Enrollment.Status.DONE
