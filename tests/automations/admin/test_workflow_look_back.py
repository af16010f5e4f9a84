"""The panel's look back: what is typed, asked of the last 90 days, with what it makes a week."""

import datetime as dt

import pytest
from django.urls import reverse

from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.triggers import TRIGGERS
from members.models import Club, Visit
from tests.automations.admin.test_workflow_preview import steps_of, words
from tests.automations.admin.test_workflows import data_for, new_data, sends
from tests.factories import NOW, MemberFactory, MessageTemplateFactory, StepFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
DAY = dt.timedelta(days=1)
NEW = reverse("admin:automations_workflow_look_back_new")


@pytest.fixture
def workflow():
    """Thirteen members were away for 10 days, once; five of them came on the eleventh."""
    template = MessageTemplateFactory(slug="hello", text_body="Hello")
    workflow = StepFactory(workflow__club=template.club, action_params={"template": "hello"}).workflow
    Club.objects.update(sms_part_price=50_000)
    for n in range(13):
        member = MemberFactory(club=workflow.club, last_attended_at=NOW - DAY)
        back = 50 if n < 5 else 40
        days = [*range(80, 57, -1), *range(back, 0, -1)]
        Visit.objects.bulk_create([Visit(member=member, attended_at=NOW - DAY * ago) for ago in days])
    return workflow


def look_back_at(workflow):
    return reverse("admin:automations_workflow_look_back", args=[workflow.pk])


def test_it_says_what_it_would_have_done_and_what_that_costs_a_week(admin_client, workflow):
    said = words(admin_client.post(look_back_at(workflow), data_for(workflow, steps_of(workflow))))
    assert "would have followed up 13; 5 of them came by themselves within 3 days." in said
    assert "That is about 1 message, for US$0.05 a week." in said
    assert "On the busiest day it would have been 13." in said
    assert 'data-sets="trigger_params-missed_class-min_days"' in said
    for model in (Decision, Enrollment, WorkflowRun):
        assert not model.objects.exists()


def test_it_asks_for_what_is_typed(admin_client, workflow):
    typed = data_for(workflow, steps_of(workflow), **{"trigger_params-missed_class-min_days": "12"})
    assert "followed up 8;" in words(admin_client.post(look_back_at(workflow), typed))
    assert "followed up 13;" in words(admin_client.get(look_back_at(workflow)))


def test_one_that_is_not_saved_yet_looks_back_as_well(admin_client, workflow):
    assert "followed up 13;" in words(admin_client.post(NEW, new_data(workflow.club, [sends()])))


def test_what_is_typed_wrong_is_not_asked(admin_client, workflow):
    typed = data_for(workflow, steps_of(workflow), **{"trigger_params-missed_class-min_days": ""})
    assert "As soon as everything is filled in" in words(admin_client.post(look_back_at(workflow), typed))


def test_one_whose_facts_are_not_known_of_then_says_so(admin_client, workflow, monkeypatch):
    monkeypatch.setattr(type(TRIGGERS["missed_class"]), "looks_back", False)
    assert "This one cannot look back" in words(admin_client.get(look_back_at(workflow)))


def test_staff_of_another_club_learn_nothing(client, workflow):
    client.force_login(staff_of(MemberFactory().club))
    assert client.get(look_back_at(workflow)).status_code == 404


@pytest.mark.parametrize(
    ("trigger", "params", "slider"),
    [
        ("missed_class", {"min_days": 7, "max_days": 35}, ("min_days", 1, 30)),
        ("missed_class", {"min_days": 7, "max_days": 14}, ("min_days", 1, 13)),
        ("missed_class", {"min_days": 45, "max_days": 60}, ("min_days", 1, 45)),
        ("new_member", {"days_since_join": 0}, ("days_since_join", 0, 60)),
        ("milestone", {"type": "anniversary", "value": 1}, ("value", 1, 100)),
        ("milestone", {"type": "classes_attended", "value": 500}, ("value", 1, 500)),
        (
            "follow_up_status",
            {"status": "lead", "within_days": 7, "on_return": "go_on"},
            ("within_days", 1, 30),
        ),
    ],
)
def test_its_slider_goes_as_far_as_the_form_allows(admin_client, workflow, trigger, params, slider):
    Workflow.objects.update(trigger=trigger, trigger_params=params)
    found = admin_client.get(look_back_at(workflow)).context["slider"]
    name, least, most = slider
    assert found["name"] == f"trigger_params-{trigger}-{name}"
    assert (found["least"], found["most"], found["value"]) == (least, most, params[name])


def test_fewer_than_one_a_week_is_told_as_that(admin_client, workflow):
    Visit.objects.filter(member__in=workflow.club.members.order_by("pk")[3:]).delete()
    assert "That is fewer than one message, for" in words(admin_client.get(look_back_at(workflow)))
