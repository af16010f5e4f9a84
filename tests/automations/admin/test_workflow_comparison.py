"""The workflow's page tells how many reached its goal, and where some are left out to compare, whether following up helps."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.automations.admin.test_workflows import data_for, page, sends, workflow
from tests.factories import EnrollmentFactory, StepRunFactory

__all__ = ["workflow"]

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_one_that_leaves_some_out_says_whether_it_works(admin_client, workflow):
    assert "Does it work?" not in admin_client.get(page(workflow)).content.decode()
    workflow.control_percent = 10
    workflow.save()
    said = admin_client.get(page(workflow)).content.decode()
    assert "10 members of a hundred are left out to compare." in said
    long_ago = timezone.now() - dt.timedelta(days=40)
    EnrollmentFactory(workflow=workflow, enrolled_at=long_ago, status="exited", end_reason="control")
    said = admin_client.get(page(workflow)).content.decode()
    assert "Too early to tell." in said
    assert "as soon as there are 30 members on each side" in said
    assert "Of 100" not in said
    assert "The difference lies between" not in said


def test_from_thirty_on_each_side_shares_are_told(admin_client, workflow):
    workflow.control_percent = 10
    workflow.save()
    long_ago = timezone.now() - dt.timedelta(days=40)
    left_out = {"status": "exited", "end_reason": "control"}
    for how in ({}, left_out):
        EnrollmentFactory.create_batch(30, workflow=workflow, enrolled_at=long_ago, **how)
    said = admin_client.get(page(workflow)).content.decode()
    assert "Too early to tell." in said
    assert "Of 100" in said
    assert "The difference lies between" in said


def test_more_than_a_fifth_is_never_left_out(admin_client, workflow):
    response = admin_client.post(page(workflow), data_for(workflow, [sends()], control_percent="21"))
    assert response.status_code == 200
    admin_client.post(page(workflow), data_for(workflow, [sends()], control_percent=""))
    workflow.refresh_from_db()
    assert workflow.control_percent == 0


def test_one_with_a_goal_says_how_many_reached_it(admin_client, workflow):
    assert "Goal: " not in admin_client.get(page(workflow)).content.decode()
    workflow.goal = "visited"
    workflow.save()
    said = admin_client.get(page(workflow)).content.decode()
    assert "Goal: visited" in said
    assert "Nobody was followed up in the last 30 days." in said
    now = timezone.now()
    for reached in (now, None, None):
        enrollment = EnrollmentFactory(workflow=workflow, enrolled_at=now - DAY, goal_reached_at=reached)
        StepRunFactory(enrollment=enrollment, action="open_staff_task", ran_at=now - DAY / 2)
    said = admin_client.get(page(workflow)).content.decode()
    assert "1 of 3 members followed up in the last 30 days have reached it." in said
