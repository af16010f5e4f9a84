"""The page after something went out wrongly: what it shows, that it asks first, who may, and what stays of it."""

from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.models import Correction
from messaging.models import Message
from tests.automations.operations.test_oops import message_of
from tests.factories import NOW, ClubFactory, StepFactory, WorkflowRunFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
SEE = (
    "members.view_member",
    "messaging.view_message",
    "automations.view_workflowrun",
    "automations.view_workflow",
)


@pytest.fixture
def run():
    return WorkflowRunFactory(workflow=StepFactory().workflow)


def url(run, name=""):
    named = f"admin:automations_workflow_oops{'_' + name if name else ''}_run"
    return reverse(named, args=[run.workflow.pk, run.pk])


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_it_lists_exactly_who_got_it_and_what_waits(admin_client, run):
    sent, unknown, queued = (message_of(run, status) for status in ("sent", "unknown", "queued"))
    response = admin_client.get(url(run))
    shown = words(response)
    assert "1 message has not left yet." in shown
    assert "2 messages got through, or may have" in shown
    assert [row[0] for row in response.context["rows"]] == [sent, unknown]
    file = b"".join(admin_client.get(url(run, "export"))).decode()
    assert sent.member.external_id in file
    assert queued.member.external_id not in file


def test_stopping_asks_first_and_leaves_who_did_it(admin_client, run):
    message = message_of(run, "queued")
    assert "1 message is not sent, 1 member takes no further step." in words(
        admin_client.get(url(run, "stop"))
    )
    message.refresh_from_db()
    assert message.status == "queued"
    shown = words(admin_client.post(url(run, "stop"), follow=True))
    assert "Stopped: 1 message is not sent, 1 member takes no further step." in shown
    message.refresh_from_db()
    assert message.reason == "stopped"
    assert "Stopped: 1 message is not sent" in LogEntry.objects.get().get_change_message()


def test_a_correction_is_asked_for_and_sent_once(
    admin_client, admin_user, run, django_capture_on_commit_callbacks
):
    message_of(run, "sent")
    asked = admin_client.get(url(run, "correct"))
    assert "to the 1 member who got" in words(asked)
    assert not Correction.objects.exists()
    answer = {"token": asked.context["form"]["token"].value(), "text_body": "Sorry"}
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            response = admin_client.post(url(run, "correct"), answer)
        shown = words(admin_client.get(response.url))
    correction = Correction.objects.get()
    assert (correction.made_by, correction.recipients.count()) == (admin_user, 1)
    assert Message.objects.filter(origin="correction").count() == 1
    assert "admin, to 1 member: “Sorry”" in shown


def test_a_second_correction_is_asked_for_with_a_word_of_the_first(admin_client, run):
    message_of(run, "sent")
    already = "A correction was sent already"
    assert already not in words(admin_client.get(url(run, "correct")))
    admin_client.post(url(run, "correct"), {"text_body": "Sorry!", "token": uuid4()})
    assert already in words(admin_client.get(url(run, "correct")))


def test_a_correction_whose_words_are_gone_says_so(admin_client, run):
    Correction.objects.create(
        workflow=run.workflow, run=run, own_words={}, token=uuid4(), made_at=NOW, finished_at=NOW
    )
    assert "words deleted" in words(admin_client.get(url(run)))


def test_what_has_not_left_is_told_of_before_a_correction(admin_client, run):
    message_of(run, "sent")
    later = "whoever gets one of them later is told too"
    assert later not in words(admin_client.get(url(run, "correct")))
    message_of(run, "queued")
    assert later in words(admin_client.get(url(run, "correct")))


def test_wrong_words_are_said_and_nothing_is_sent(admin_client, run):
    message_of(run, "sent")
    asked = admin_client.get(url(run, "correct"))
    answer = {"token": asked.context["form"]["token"].value(), "text_body": "Sorry {{ nickname }}"}
    assert "nickname" in words(admin_client.post(url(run, "correct"), answer))
    assert not Correction.objects.exists()


def test_who_may_stop_and_correct(client, run):
    message_of(run, "queued")
    message_of(run, "sent")
    client.force_login(staff_of(run.workflow.club, permissions=SEE))
    shown = words(client.get(url(run)))
    assert "Stop the rest" not in shown
    assert "Tell those who got it" not in shown
    for name in ("stop", "correct"):
        assert client.post(url(run, name), {"text_body": "x"}).status_code == 403
    client.force_login(staff_of(run.workflow.club, permissions=(*SEE, "automations.change_workflowrun")))
    assert client.post(url(run, "stop")).status_code == 302
    assert client.post(url(run, "correct"), {"text_body": "x"}).status_code == 403
    client.force_login(staff_of(ClubFactory()))
    for name in ("", "stop", "correct", "export"):
        assert client.get(url(run, name)).status_code in (302, 404)


def test_the_workflow_and_the_run_lead_there(admin_client, run):
    message_of(run, "sent")
    assert url(run) in words(
        admin_client.get(reverse("admin:automations_workflow_run_result", args=[run.workflow.pk, run.pk]))
    )
    lately = reverse("admin:automations_workflow_oops", args=[run.workflow.pk])
    assert "1 message got through" in words(admin_client.get(lately))


def test_it_asks_as_often_for_sixty_as_for_two(admin_client, run):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            words(admin_client.get(url(run)))
        return len(asked)

    for _ in range(2):
        message_of(run, "sent")
    few = queries()
    for _ in range(20):
        message_of(run, "sent")
    assert queries() == few
