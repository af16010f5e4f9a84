"""Before going live: each line is open until it is settled, leads to where that is, and the card goes once all are."""

import datetime as dt

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from automations.models import JobRun, Workflow
from config.dashboard.checklist import ONLY_STAFF
from members.models import Club
from tests.factories import NOW, ClubFactory, MessageTemplateFactory, UserFactory, WorkflowFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

INDEX = reverse("admin:index")
GOING_LIVE = reverse("going_live")
JOBS = reverse("admin:automations_jobrun_changelist")
WORKFLOWS = reverse("admin:automations_workflow_changelist")
TEMPLATES = reverse("admin:messaging_messagetemplate_changelist")


@pytest.fixture
def club(settings):
    """Everything about it is settled."""
    settings.TRANSPORT, settings.PUBLIC_URL = "aws", "https://gym.example"
    club = ClubFactory(name="Riverside", time_zone="Europe/Zurich", sms_sender="Riverside", sms_number="")
    club.staff.add(UserFactory())
    looked_at(club)
    MessageTemplateFactory(club=club, as_email=True, text_body="Hi {{ unsubscribe_link }}")
    WorkflowFactory(club=club)
    minutes = IntervalSchedule.objects.create(every=5, period="minutes")
    PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=minutes)
    JobRun.objects.create(name="deliver_messages", started_at=NOW, status="succeeded")
    return club


def looked_at(club):
    """As the admin notes that its page was saved."""
    noted(club, "[]")


def noted(club, words):
    LogEntry.objects.create(
        user=UserFactory(),
        content_type=ContentType.objects.get_for_model(Club),
        object_id=str(club.pk),
        action_flag=CHANGE,
        change_message=words,
    )


def open_checks(client):
    checks = client.get(INDEX).context["checks"]
    return {str(check.words): check.link for check in checks.open} if checks else {}


def page_of(club, field):
    return reverse("admin:members_club_change", args=[club.pk]) + f"#id_{field}"


def test_once_everything_is_settled_the_card_is_gone(admin_client, club):
    page = admin_client.get(INDEX)
    assert page.context["checks"] is None
    assert "Before going live" not in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("time_zone", "UTC", "Set the club's own time zone; UTC is only the default."),
        ("sender_email", "", "Set the address that e-mails come from."),
        ("sms_sender", "", "Set the name or number that texts come from."),
        ("booking_link", "", "Set the link where members book."),
        ("sending_paused", True, "Let messages leave again; they are held back for the whole club."),
    ],
)
def test_what_the_club_lacks_leads_to_the_field(admin_client, club, field, value, words):
    Club.objects.update(**{field: value})
    assert open_checks(admin_client) == {words: page_of(club, field)}


def test_no_name_is_asked_for_where_networks_show_none(admin_client, club):
    Club.objects.update(sms_sender="", locale="en_US")
    assert open_checks(admin_client) == {}


def test_a_club_that_nobody_looked_over_is_to_be_saved_once(admin_client, club):
    LogEntry.objects.all().delete()
    words = "Look over the club's page and save it: hours for messages, currency, way of writing."
    assert open_checks(admin_client) == {words: page_of(club, "send_from")}


def test_naming_somebody_who_works_there_is_not_looking_it_over(admin_client, club):
    LogEntry.objects.all().delete()
    noted(club, '[{"changed": {"fields": ["Staff"]}}]')
    assert any(words.startswith("Look over") for words in open_checks(admin_client))
    noted(club, '[{"changed": {"fields": ["Currency", "Staff"]}}]')
    assert open_checks(admin_client) == {}


def test_the_admin_notes_it_as_the_checklist_reads_it(admin_client, club):
    LogEntry.objects.all().delete()
    person = UserFactory()
    page = reverse("admin:members_club_change", args=[club.pk])
    form = admin_client.get(page).context["adminform"].form
    data = {field.name: field.value() or "" for field in form}
    data |= {"send_from": "08:00", "send_until": "20:00", "daily_check_at": "04:00", "staff": [person.pk]}
    assert admin_client.post(page, data).status_code == 302
    assert LogEntry.objects.first().change_message == ONLY_STAFF


@pytest.mark.parametrize("who", ["nobody", "only somebody who left"])
def test_a_club_needs_staff(admin_client, club, who):
    club.staff.clear() if who == "nobody" else club.staff.update(is_active=False)
    assert open_checks(admin_client) == {"Name the people who work for the club.": page_of(club, "staff")}


def test_a_workflow_has_to_be_switched_on(admin_client, club):
    Workflow.objects.update(is_enabled=False)
    assert open_checks(admin_client) == {"Switch a workflow on.": WORKFLOWS}


def test_without_any_workflow_the_starting_ones_are_missed_too(admin_client, club):
    Workflow.objects.all().delete()
    assert open_checks(admin_client) == {
        "Have the starting workflows added.": WORKFLOWS,
        "Switch a workflow on.": WORKFLOWS,
    }


def test_a_number_instead_of_a_name_is_enough(admin_client, club):
    Club.objects.update(sms_sender="", sms_number="+41766000000")
    assert open_checks(admin_client) == {}


@pytest.mark.parametrize(
    ("text", "html", "translations", "is_settled"),
    [
        ("Hello", "", {}, False),
        ("Hello {{ preferences_link }}", "", {}, True),
        ("", "<p>{{ unsubscribe_link }}</p>", {}, True),
        ("{{ unsubscribe_link }}", "<p>Hello</p>", {}, False),
        ("Hello", "<p>{{ unsubscribe_link }}</p>", {}, False),
        ("{{ unsubscribe_link }}", "<p>{{ preferences_link }}</p>", {}, True),
        ("{{ unsubscribe_link }}", "", {"de": {"text_body": "Hallo", "html_body": ""}}, False),
        ("{{ unsubscribe_link }}", "", {"de": {"text_body": "{{ unsubscribe_link }}"}}, True),
    ],
)
def test_each_part_of_an_email_has_the_link_to_unsubscribe_in_each_language(
    admin_client, club, text, html, translations, is_settled
):
    # What is on file as used in any of its words says nothing of each.
    MessageTemplateFactory(
        club=club,
        as_email=True,
        text_body=text,
        html_body=html,
        translations=translations,
        placeholders=["unsubscribe_link"],
    )
    words = "Put the link to unsubscribe into every e-mail template, in its HTML and its text."
    assert open_checks(admin_client) == ({} if is_settled else {words: TEMPLATES})


def test_practice_mode_has_to_end(admin_client, club, settings):
    settings.TRANSPORT = "console"
    assert open_checks(admin_client) == {"End practice mode, so that messages really leave.": GOING_LIVE}


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80", "http://x.localhost"]
)
def test_links_have_to_lead_somewhere(admin_client, club, settings, url):
    settings.PUBLIC_URL = url
    assert open_checks(admin_client) == {
        "Give links in messages an address that members can open.": GOING_LIVE
    }


@pytest.mark.parametrize("trouble", ["late", "never ran", "none scheduled"])
def test_the_jobs_have_to_run(admin_client, club, trouble):
    if trouble == "late":
        JobRun.objects.update(started_at=NOW - dt.timedelta(hours=1))
    elif trouble == "never ran":
        JobRun.objects.all().delete()
    else:
        PeriodicTask.objects.all().delete()
    assert open_checks(admin_client) == {"Have the scheduled jobs running, none of them late.": JOBS}


def test_a_job_that_is_switched_off_is_nobodys_trouble(admin_client, club):
    minutes = IntervalSchedule.objects.get()
    PeriodicTask.objects.create(
        name="y", task="automations.jobs.prune_job_runs", interval=minutes, enabled=False
    )
    assert open_checks(admin_client) == {}


def test_with_several_clubs_it_names_those_that_lack_it(admin_client, club):
    for name in ("Alpha", "Beta", "Gamma", "Delta"):
        other = ClubFactory(
            name=name,
            time_zone="Europe/Zurich",
            sms_sender="Gym",
            booking_link="",
            sender_email="a@b.example",
        )
        other.staff.add(UserFactory())
        looked_at(other)
        WorkflowFactory(club=other)
    [check] = admin_client.get(INDEX).context["checks"].open
    assert (check.where, check.link) == (
        "Alpha, Beta, Delta and 1 more",
        reverse("admin:members_club_changelist"),
    )


def test_what_is_settled_is_folded_away(admin_client, club):
    Club.objects.update(booking_link="")
    page = admin_client.get(INDEX)
    assert len(page.context["checks"].done) == 12
    assert "12 are settled" in page.content.decode()


def test_a_manager_sees_her_own_clubs_only_and_no_page_that_is_not_hers(client, club):
    ClubFactory(name="Hidden Gym")
    JobRun.objects.all().delete()
    client.force_login(staff_of(club))
    assert open_checks(client) == {"Have the scheduled jobs running, none of them late.": GOING_LIVE}
    assert "Hidden" not in client.get(INDEX).content.decode()


def test_whoever_cannot_settle_it_is_not_troubled(client, club):
    Club.objects.update(booking_link="")
    client.force_login(staff_of(club, permissions=["members.view_club"]))
    assert "checks" not in client.get(INDEX).context


def test_it_costs_the_same_for_one_club_and_for_many(admin_client, club):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(INDEX)
        return len(captured)

    ClubFactory()
    queries()
    few = queries()
    for _ in range(12):
        MessageTemplateFactory(club=ClubFactory(), as_email=True)
    assert queries() == few


def test_every_page_says_that_this_is_practice_and_what_that_means(client, club, settings):
    client.force_login(staff_of(club))
    pages = [
        INDEX,
        GOING_LIVE,
        reverse("admin:members_member_changelist"),
        reverse("admin:members_stafftask_add"),
    ]
    for page in pages:
        assert "nobody receives anything" not in client.get(page).content.decode()
    settings.TRANSPORT = "console"
    for page in pages:
        says = client.get(page).content.decode()
        assert "nobody receives anything" in says
        assert f'href="{GOING_LIVE}"' in says
    assert "This is practice mode" in client.get(GOING_LIVE).content.decode()


def test_the_page_about_practice_mode_asks_for_a_login(client, club):
    assert client.get(GOING_LIVE).status_code == 302
