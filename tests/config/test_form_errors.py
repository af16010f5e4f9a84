"""A form that was refused says first what is wrong, each line a way to its field."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import ClubFactory, MemberFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


def refused(client: Client, url: str, data: dict[str, str]) -> str:
    response = client.post(url, data)
    assert response.status_code == 200
    said = response.content.decode()
    assert 'class="rollcall-errors" role="alert"' in said
    return said.partition('class="rollcall-errors"')[2].partition("</div>")[0]


def test_each_line_names_its_field_and_leads_there(admin_client: Client) -> None:
    member = MemberFactory()
    summary = refused(
        admin_client,
        reverse("admin:members_member_change", args=[member.pk]),
        {"first_name": "", "email": "nobody", "membership_status": "active", "stage": "member"},
    )
    assert "please look at 2 things" in summary
    assert '<a href="#id_first_name">First name</a>: This field is required.' in summary
    assert '<a href="#id_email">E-mail</a>: Enter a valid email address.' in summary


def test_a_parameter_of_a_trigger_is_led_to_by_its_own_field(admin_client: Client) -> None:
    club = ClubFactory()
    summary = refused(
        admin_client,
        reverse("admin:automations_workflow_add"),
        {
            "club": str(club.pk),
            "name": "Missed",
            "slug": "missed",
            "trigger": "missed_class",
            "trigger_params-missed_class-min_days": "9",
            "trigger_params-missed_class-max_days": "0",
            "cooldown_days": "30",
            "patience_hours": "72",
            "steps-TOTAL_FORMS": "1",
            "steps-INITIAL_FORMS": "0",
            "steps-0-position": "1",
            "steps-0-action": "open_staff_task",
            "steps-0-action_params-open_staff_task-description": "",
        },
    )
    assert 'href="#id_trigger_params-missed_class-max_days"' in summary
    assert "Step 1, What to do" in summary


def test_what_is_about_no_field_is_said_all_the_same(admin_client: Client) -> None:
    workflow = WorkflowFactory()
    summary = refused(
        admin_client,
        reverse("admin:members_closure_add"),
        {"club": str(workflow.club_id), "starts_on": "2025-09-02", "reopens_on": "2025-09-01"},
    )
    assert "Not yet done" in summary


def test_words_of_others_are_escaped(admin_client: Client) -> None:
    summary = refused(
        admin_client, reverse("admin:messaging_messagetemplate_add"), {"name": "x", "text_body": "{{ <b>x }}"}
    )
    assert "<b>" not in summary


def test_a_page_that_was_not_refused_has_none(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:members_closure_add"))
    assert "rollcall-errors" not in page.content.decode()
