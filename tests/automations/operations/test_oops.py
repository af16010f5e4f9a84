"""Stopping the rest of a run, and correcting it for exactly those who got it, once each."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from automations.engine.advancement import advance
from automations.models import CorrectionRecipient, Enrollment, StepRun
from automations.operations import oops
from automations.operations.oops import (
    Extent,
    carry_on_corrections,
    carry_out,
    draft_correction,
    stop_the_rest,
)
from messaging.models import Channel, Message
from messaging.operations.claims import claim
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    ConsentRecordFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    StepRunFactory,
    UserFactory,
    WorkflowRunFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return UserFactory(first_name="Ana", last_name="Ruiz")


@pytest.fixture
def run():
    return WorkflowRunFactory(workflow=StepFactory(delay=1).workflow)


def message_of(run, status, **given):
    """One that a step of the run asked for."""
    enrollment = EnrollmentFactory(workflow=run.workflow, run=run)
    given.setdefault("template", MessageTemplateFactory(club=run.workflow.club))
    message = MessageFactory(
        member=enrollment.member,
        status=status,
        channel=given["template"].channel,
        sent_at=NOW if status == "sent" else None,
        **given,
    )
    StepRunFactory(enrollment=enrollment, message=message)
    return message


def stop(extent, by):
    return stop_the_rest(extent, by=by, now=NOW)


def draft(extent, by, template=None, token=None, **words):
    return draft_correction(
        extent, template=template, words=words, token=token or uuid.uuid4(), by=by, now=NOW
    )


def test_what_has_not_left_ends_as_stopped_and_what_has_stays(run, ana):
    by_status = {status: message_of(run, status) for status in Message.Status.values}
    assert stop(Extent(run.workflow, run), ana) == oops.Stopped(2, 7)
    for status, message in by_status.items():
        message.refresh_from_db()
        stopped = status in ("queued", "claimed")
        assert message.status == ("skipped" if stopped else status)
        assert (message.reason == "stopped") == stopped
        said = list(message.events.values_list("detail", flat=True))
        is_sending = ["Ana Ruiz: not again, should it come back."] if status == "sending" else []
        assert said == (["Ana Ruiz: stopped what had not left."] if stopped else is_sending)


def test_nobody_of_the_run_takes_a_further_step_and_others_do(run, ana):
    step = run.workflow.steps.get()
    his = EnrollmentFactory(workflow=run.workflow, run=run, step=step, position=1)
    other = EnrollmentFactory(workflow=run.workflow, step=step, position=1)
    stop(Extent(run.workflow, run), ana)
    advance(now=NOW)
    his.refresh_from_db()
    assert (his.status, his.end_reason, his.step) == ("exited", "stopped", None)
    assert set(StepRun.objects.values_list("enrollment", flat=True)) == {other.pk}


def test_a_run_under_way_finds_nobody_else(run, ana):
    from automations.engine.evaluation import evaluate

    MemberFactory(club=run.workflow.club, days_away=10)
    stop(Extent(run.workflow, run), ana)
    run.refresh_from_db()
    assert run.finished_at == NOW
    evaluate(run)
    assert not Enrollment.objects.exists()


def test_of_a_workflow_all_that_waits_is_stopped_however_old(run, ana):
    extent = Extent(run.workflow, since=NOW - dt.timedelta(days=1))
    waits = message_of(run, "queued", created_at=NOW - dt.timedelta(days=2))
    left = message_of(run, "sent", created_at=NOW - dt.timedelta(days=2))
    other = message_of(WorkflowRunFactory(), "queued")
    assert stop(extent, ana).messages == 1
    for message in (waits, left, other):
        message.refresh_from_db()
    assert (waits.status, left.status, other.status) == ("skipped", "sent", "queued")
    assert not extent.messages().exists()


def test_of_a_run_what_another_run_sends_is_left_alone(run, ana):
    message_of(run, "queued")
    other = message_of(WorkflowRunFactory(workflow=run.workflow), "queued")
    assert stop(Extent(run.workflow, run), ana).messages == 1
    other.refresh_from_db()
    assert other.status == "queued"


def test_a_worker_that_has_it_in_hand_cannot_send_it(run, ana, monkeypatch):
    message = message_of(run, "queued")
    from messaging.operations import delivery

    real = delivery._keep_words

    def stopped_meanwhile(ready):
        real(ready)
        stop(Extent(run.workflow, run), ana)

    monkeypatch.setattr(delivery, "_keep_words", stopped_meanwhile)
    monkeypatch.setattr(delivery, "ask", lambda *_: {})
    assert deliver(clock=lambda: NOW).get("sent") is None
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "stopped")
    assert claim(NOW) == []


def test_a_correction_goes_to_exactly_those_who_got_it_or_may_have(run, ana):
    got = {status: message_of(run, status) for status in Message.Status.values}
    message_of(WorkflowRunFactory(workflow=run.workflow), "sent")
    sorry = MessageTemplateFactory(club=run.workflow.club, text_body="Sorry, {{ first_name }}")
    correction, is_new = draft(Extent(run.workflow, run), ana, sorry)
    assert is_new
    assert carry_out(correction.pk, now=NOW) == 2
    new = Message.objects.filter(origin="correction")
    assert {m.member_id for m in new} == {got["sent"].member_id, got["unknown"].member_id}
    assert {(m.template, m.is_capped, m.asked_by, m.status) for m in new} == {(sorry, False, ana, "queued")}


def test_the_limit_per_member_does_not_hold_it_but_an_opt_out_does(run, ana, settings):
    run.workflow.club.cap_messages = 1
    run.workflow.club.save()
    fine, out = (message_of(run, "sent", is_capped=True) for _ in "ab")
    ConsentRecordFactory(member=out.member)
    correction, _ = draft(Extent(run.workflow, run), ana, text_body="Sorry, that was wrong.")
    carry_out(correction.pk, now=NOW)
    with transaction.atomic():
        deliver(clock=lambda: NOW)
    became = dict(Message.objects.filter(origin="correction").values_list("member", "status"))
    assert became == {fine.member_id: "sent", out.member_id: "skipped"}
    assert Message.objects.get(member=fine.member, origin="correction").text_body == "Sorry, that was wrong."


def test_each_member_gets_it_once_however_many_messages_and_however_often_it_is_carried_out(
    run, ana, monkeypatch
):
    monkeypatch.setattr(oops, "CHUNK", 1)
    first = message_of(run, "sent")
    second = MessageFactory(member=first.member, template=first.template, status="sent", sent_at=NOW)
    StepRunFactory(enrollment=first.step_run.enrollment, message=second, position=2)
    message_of(run, "unknown")
    correction, _ = draft(Extent(run.workflow, run), ana, text_body="Sorry")
    assert carry_out(correction.pk, now=NOW) == 2
    assert carry_out(correction.pk, now=NOW) == carry_on_corrections(now=NOW) == 0
    assert Message.objects.filter(origin="correction").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        CorrectionRecipient.objects.create(correction=correction, member=first.member)


def test_one_that_died_goes_on_where_it_stopped(run, ana, monkeypatch):
    monkeypatch.setattr(oops, "CHUNK", 2)
    for _ in range(5):
        message_of(run, "sent")
    correction, _ = draft(Extent(run.workflow, run), ana, text_body="Sorry")
    oops._next_piece(correction.pk, 0, NOW)
    assert carry_on_corrections(now=NOW) == 3
    correction.refresh_from_db()
    assert correction.looked_at == NOW
    assert correction.recipients.count() == 5


def test_a_second_click_is_the_same_correction(run, ana):
    message_of(run, "sent")
    token = uuid.uuid4()
    first, _ = draft(Extent(run.workflow, run), ana, text_body="Sorry", token=token)
    assert draft(Extent(run.workflow, run), ana, text_body="Sorry", token=token) == (first, False)


def test_words_go_by_the_way_by_which_each_was_reached(run, ana):
    club = run.workflow.club
    email = MessageTemplateFactory(as_email=True, club=club, html_body="<p>Old</p>")
    by_email, by_sms = message_of(run, "sent", template=email), message_of(run, "sent")
    approved = MessageTemplateFactory(club=club, channel=Channel.WHATSAPP, whatsapp_template="hello")
    message_of(run, "sent", template=approved)
    message_of(run, "sent").template.delete()
    correction, _ = draft(Extent(run.workflow, run), ana, text_body="Sorry", subject="We were wrong")
    assert carry_out(correction.pk, now=NOW) == 2
    own = {m.member_id: m.own_words for m in Message.objects.filter(origin="correction")}
    assert own == {
        by_email.member_id: {"text_body": "Sorry", "html_body": "", "subject": "We were wrong"},
        by_sms.member_id: {"text_body": "Sorry"},
    }


@pytest.mark.parametrize("words", ["", "  ", "Sorry {{ nickname }}", "{% if %}"])
def test_words_that_could_not_be_sent_are_refused(run, ana, words):
    with pytest.raises(ValidationError):
        draft(Extent(run.workflow, run), ana, text_body=words)


def test_neither_both_nor_a_template_of_another_club(run, ana):
    with pytest.raises(ValidationError):
        draft(
            Extent(run.workflow, run), ana, MessageTemplateFactory(club=run.workflow.club), text_body="Sorry"
        )
    with pytest.raises(ValidationError):
        draft(Extent(run.workflow, run), ana, MessageTemplateFactory())


def test_messages_that_a_run_as_of_later_today_dated_ahead_are_corrected_too(run, ana):
    """As of the demo, which follows up as of ten o'clock at any hour."""
    message = message_of(run, "sent", created_at=NOW + dt.timedelta(hours=6))
    correction, _is_new = draft(Extent(run.workflow, run), ana, text_body="Sorry!")
    assert carry_out(correction.pk, now=NOW) == 1
    assert CorrectionRecipient.objects.get().member == message.member
