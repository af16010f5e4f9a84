"""The fixtures load on an empty database, twice, and never over what staff made of them."""

import datetime as dt
import json
import warnings

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from automations.admin.workflow_history import changes_of
from automations.models import Step, Workflow
from automations.operations.workflow_copies import bring_back
from automations.reports.job_health import job_health
from members.models import Club, Member
from members.operations.follow_up import check_follow_up
from members.rules.phones import is_dialable
from messaging.models import MessageTemplate
from tests.factories import ClubFactory

FIXTURES = ("members", "templates", "workflows", "schedule")
OF_FOLLOW_UP = ("agreements", "payments", "bookings", "prospects")
REFERENCE_DAY = dt.date(2025, 9, 1)


def load(*names):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call_command("loaddata", *(names or FIXTURES), verbosity=0)


def snapshot():
    models = (Club, Member, MessageTemplate, Workflow, Step, IntervalSchedule, CrontabSchedule, PeriodicTask)
    return {model: list(model.objects.order_by("pk").values()) for model in models}


@pytest.mark.django_db
def test_the_fixtures_load_on_an_empty_database_and_twice_changes_nothing():
    load()
    first = snapshot()
    load()
    assert all(first.values())
    assert snapshot() == first


@pytest.mark.django_db
def test_they_load_one_by_one_in_any_order_that_their_links_allow():
    for name in ("schedule", "members", "workflows", "templates", "workflows", "members"):
        load(name)
    one_by_one = {model: len(rows) for model, rows in snapshot().items()}
    load()
    assert {model: len(rows) for model, rows in snapshot().items()} == one_by_one
    assert one_by_one[Member] == 10


@pytest.mark.django_db
def test_loading_again_keeps_what_staff_wrote():
    load()
    MessageTemplate.objects.filter(slug="missed-you-sms").update(text_body="Come back!")
    Workflow.objects.update(is_enabled=False, trigger_params={"min_days": 10, "max_days": 20})
    Step.objects.update(action_params={"template": "missed-you-email"}, delay=3)
    PeriodicTask.objects.filter(name="deliver_messages").update(enabled=False)
    IntervalSchedule.objects.filter(pk=1002).update(every=10)
    edited = snapshot()
    load()
    assert snapshot() == edited


@pytest.mark.django_db
def test_loading_again_keeps_a_clubs_kill_switch_on():
    load()
    Club.objects.update(sending_paused=True)
    load()
    assert Club.objects.get().sending_paused


@pytest.mark.django_db
def test_a_step_that_staff_deleted_stays_deleted():
    load()
    Step.objects.all().delete()
    load()
    assert not Step.objects.exists()


@pytest.mark.django_db
def test_a_step_that_staff_moved_is_not_added_again():
    load()
    number = Step.objects.count()
    Step.objects.update(position=F("position") + 5)
    load()
    assert Step.objects.count() == number


@pytest.mark.django_db
def test_a_deleted_workflow_comes_back_with_its_steps():
    load()
    Workflow.objects.all().delete()
    load("workflows")
    assert {step.workflow.slug for step in Step.objects.select_related("workflow")} == set(
        Workflow.objects.values_list("slug", flat=True)
    )


@pytest.mark.django_db
def test_a_job_that_staff_scheduled_under_its_name_is_kept():
    hourly = IntervalSchedule.objects.create(every=1, period="hours")
    mine = PeriodicTask.objects.create(
        name="deliver_messages", task="automations.jobs.deliver_messages", interval=hourly
    )
    load()
    assert PeriodicTask.objects.get(name="deliver_messages").pk == mine.pk
    assert PeriodicTask.objects.get(pk=mine.pk).interval == hourly


@pytest.mark.django_db
def test_the_same_names_in_another_club_do_not_count_as_loaded():
    other = ClubFactory()
    Workflow.objects.create(club=other, slug="missed-class", name="Theirs", trigger="missed_class")
    load()
    assert Workflow.objects.filter(slug="missed-class").count() == 2
    assert set(Step.objects.values_list("workflow__club__slug", flat=True)) == {"riverside"}


@pytest.mark.django_db
def test_members_are_loaded_afresh():
    load("members")
    Member.objects.filter(external_id="M001").update(first_name="Jack")
    load("members")
    assert Member.objects.get(external_id="M001").first_name == "John"


@pytest.mark.django_db
def test_loading_members_again_keeps_what_was_worked_out_of_them():
    load("members", "agreements")
    club = Club.objects.get()
    check_follow_up(club=club, now=timezone.now())
    Member.objects.filter(external_id="M001").update(retention_risk=0.5, language="de")
    worked_out = list(Member.objects.order_by("pk").values_list(*Member.WORKED_OUT))
    load("members")
    assert all(status for status, *_ in worked_out)
    assert list(Member.objects.order_by("pk").values_list(*Member.WORKED_OUT)) == worked_out
    assert Member.objects.get(external_id="M001").language == ""


@pytest.mark.django_db
def test_a_backup_with_keys_restores_into_an_empty_database(tmp_path):
    load()
    whole = snapshot()
    backup = tmp_path / "backup.json"
    apps = ("members", "messaging", "automations", "django_celery_beat")
    call_command("dumpdata", *apps, output=backup, verbosity=0)
    for model in (
        PeriodicTask,
        CrontabSchedule,
        IntervalSchedule,
        Step,
        Workflow,
        MessageTemplate,
        Member,
        Club,
    ):
        model.objects.all().delete()
    load(str(backup))
    assert snapshot() == whole


@pytest.mark.django_db
def test_the_ten_cover_each_outcome_on_the_reference_day():
    load("members")
    members = {member.external_id: member for member in Member.objects.select_related("club")}
    days = {key: (REFERENCE_DAY - day).days for key, m in members.items() if (day := m.last_attended_on())}
    assert days == {
        "M001": 7, "M002": 20, "M003": 34, "M004": 6, "M005": 35, "M006": 44, "M007": 17, "M008": 12, "M010": 10,
    }  # fmt: skip
    assert members["M009"].last_attended_at is None
    assert members["M005"].is_recurring
    assert not members["M006"].is_recurring
    assert members["M007"].membership_status == "frozen"
    assert members["M008"].membership_status == "canceled"
    assert members["M010"].phone == ""
    assert (members["M001"].first_name, members["M001"].phone) == ("John", "+155555501")


@pytest.mark.django_db
def test_a_bare_day_is_stored_as_its_noon_in_the_clubs_zone():
    load("members")
    local = [
        member.last_attended_at.astimezone(member.club.zone)
        for member in Member.objects.exclude(last_attended_at=None)
    ]
    assert {at.time() for at in local} == {dt.time(12)}


@pytest.mark.django_db
def test_the_fixtures_hold_what_saving_would_have_made_of_them():
    load()
    for row in [
        *Club.objects.all(),
        *Member.objects.all(),
        *MessageTemplate.objects.all(),
        *Workflow.objects.all(),
    ]:
        row.full_clean()
    assert [m for m in Member.objects.all() if m.phone_is_dialable != is_dialable(m.phone)] == []


@pytest.mark.django_db
def test_each_template_names_the_placeholders_that_it_uses():
    load()
    for template in MessageTemplate.objects.all():
        named = list(template.placeholders)
        template.clean()
        assert template.placeholders == named


def test_the_text_message_is_the_sample_of_the_specification():
    (text,) = [
        row["fields"]["text_body"]
        for row in json.loads((settings.BASE_DIR / "fixtures/templates.json").read_text())
        if row["fields"]["slug"] == "missed-you-sms"
    ]
    assert (
        text
        == "Hey {{ first_name }}, we missed you last week! Book your next class here 📌 {{ booking_link }}"
    )


@pytest.mark.django_db
def test_no_fixture_but_the_schedule_uses_keys_of_its_own():
    for name in (*FIXTURES, *OF_FOLLOW_UP):
        for row in json.loads((settings.BASE_DIR / f"fixtures/{name}.json").read_text()):
            assert ("pk" in row) == row["model"].endswith("schedule")
            assert row.get("pk", 1001) >= 1001


@pytest.mark.django_db
def test_each_step_names_a_template_that_is_loaded():
    load()
    slugs = set(MessageTemplate.objects.values_list("slug", flat=True))
    used = {step.action_params["template"] for step in Step.objects.filter(action="send_message")}
    assert used <= slugs
    # Only what an e-mail could say instead is offered without being used.
    assert slugs - used == {"missed-you-email"}


@pytest.mark.django_db
def test_no_job_is_late_when_the_schedule_was_just_loaded(time_machine):
    for hour in (0, 4, 23):
        time_machine.move_to(dt.datetime(2026, 11, 21, hour, tzinfo=dt.UTC))
        PeriodicTask.objects.all().delete()
        load("schedule")
        assert [job.name for job in job_health(timezone.now()) if job.is_late] == []


@pytest.mark.django_db
def test_the_schedule_is_accepted_by_celery_beat_and_names_jobs_that_exist():
    load("schedule")
    for task in PeriodicTask.objects.all():
        task.full_clean()
        assert task.schedule
        assert task.name == task.task.rpartition(".")[2]
        assert import_string(task.task).name == task.task


@pytest.mark.django_db
def test_what_a_file_gave_can_be_brought_back_once_it_was_edited():
    load()
    load()
    workflow = Workflow.objects.get(slug="missed-class")
    first = workflow.history.get()
    step = workflow.steps.first()
    assert (first.history_type, step.history.get().history_type) == ("+", "+")
    assert all(template.history.count() == 1 for template in MessageTemplate.objects.all())
    was = workflow.name, step.action_params
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False):
        workflow.name = "Other"
        workflow.save()
        step.action_params = {"template": "welcome-email"}
        step.save()
    later = workflow.history.latest().history_date
    with time_machine.travel(later + dt.timedelta(hours=1), tick=False):
        bring_back(workflow_id=workflow.pk, at=first.history_date)
    workflow.refresh_from_db()
    assert (workflow.name, workflow.steps.first().action_params) == was
    assert "Added “" in " ".join(what for change in changes_of(workflow) for what in change.what)
