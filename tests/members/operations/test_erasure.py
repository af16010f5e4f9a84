"""Erasing a member: afterwards nothing in any column of any table says who it was, and every count is as before."""

import datetime as dt
import uuid

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from automations.models import Enrollment, PlannedCopy, Reason, StepRun
from members.models import ApiAnswer, ErasedMember, Member, Pause, StaffTask
from members.operations.erasure import erase_member
from members.operations.personal_data import NotErased
from messaging.models import (
    ConsentRecord,
    InboundMessage,
    MemberPassword,
    MemberSession,
    Message,
    MessageEvent,
    MessageLink,
    MessageReceipt,
    Notice,
    Suppression,
)
from messaging.operations.member_sessions import open_session
from messaging.rules.preferences_links import preferences_url
from tests.api_client import ApiClient
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    PaymentFactory,
    StepFactory,
    StepRunFactory,
    SuppressionFactory,
    UserFactory,
    VisitFactory,
)
from tests.perk_factories import (
    CreditEntryFactory,
    DocumentFactory,
    MemberEventFactory,
    OfferFactory,
    TagFactory,
)

pytestmark = pytest.mark.django_db

TRACES = ("Quirina", "Zwyssig", "41791112233", "quirina@mail.example", "QZ-0815", "left knee", "1987-06-05")


@pytest.fixture
def member():
    """Somebody of whom everything is known, and said in every place that takes words."""
    member = MemberFactory(
        first_name="Quirina",
        last_name="Zwyssig",
        phone="+41791112233",
        email="Quirina@mail.example",
        external_id="QZ-0815",
        birthday_on=dt.date(1987, 6, 5),
        custom={"injury": "left knee"},
    )
    words = "Quirina Zwyssig, QZ-0815, left knee, quirina@mail.example, +41791112233"
    member.membership_level = "Quirina's"
    member.save()
    VisitFactory(member=member, external_id="V-QZ-0815")
    DocumentFactory(member=member, external_id="D-QZ-0815", name="left knee")
    PaymentFactory(
        agreement=AgreementFactory(member=member, external_id="A-QZ-0815"), external_id="P-QZ-0815"
    )
    BookingFactory(member=member, external_id="B-QZ-0815")
    TagFactory(club=member.club, name="Regular", members=[member])
    OfferFactory(member=member, code="QUIRINA10", what=words[:100])
    CreditEntryFactory(member=member, reason=words)
    MemberEventFactory(member=member, what=words[:100], detail=words)
    task = StaffTask.objects.create(
        club=member.club,
        member=member,
        description=words,
        words=words,
        note=words,
        due_on=NOW.date(),
        opened_at=NOW,
    )
    ConsentRecordFactory(
        member=member, words=words, source="Quirina", external_id="C-QZ-0815", club=member.club
    )
    sent = MessageFactory(
        member=member,
        status="sent",
        sent_at=NOW,
        address=member.phone,
        subject=words,
        text_body=words,
        html_body=words,
        context={"first_name": "Quirina"},
        action_url="https://a.example/?m=QZ-0815",
        error=words,
        provider_id="for-quirina@mail.example",
    )
    MessageEvent.objects.create(message=sent, kind="retry", detail=words, happened_at=NOW)
    MessageEvent.objects.create(message=sent, kind="sent", happened_at=NOW)
    MessageReceipt.objects.create(message=sent, read_at=NOW)
    MessageFactory(member=member, context={"first_name": "Quirina"}, text_body=words)
    MessageFactory(member=member, status="claimed", claim=uuid.uuid4(), text_body=words)
    SuppressionFactory(club=member.club, address=member.phone, detail=words)
    Pause.objects.create(
        member=member, words=words, source="Quirina", starts_at=NOW, until=NOW + dt.timedelta(days=1)
    )
    digits = member.phone.removeprefix("+")
    Notice.objects.create(key="w", body=f'{{"from": "{digits}"}}', problem="unreadable", received_at=NOW)
    Notice.objects.create(key="k", body=words, problem="unmatched", detail=words, received_at=NOW)
    MessageLink.objects.create(message=sent, token="t", target="https://a.example/QZ-0815")
    for whose in (member, None):
        InboundMessage.objects.create(
            club=member.club,
            member=whose,
            channel="sms",
            from_address=member.phone,
            body=words,
            provider_id=f"{whose} QZ-0815",
            received_at=NOW,
            taken_as="reply",
        )
    SuppressionFactory(club=member.club, channel="email", address=member.email.lower())
    run = StepRunFactory(enrollment__member=member, enrollment__workflow__club=member.club)
    StepRun.objects.filter(pk=run.pk).update(error=words, detail=words)
    PlannedCopy.objects.create(
        enrollment=run.enrollment,
        step=StepFactory(workflow=run.enrollment.workflow, position=9),
        channel="sms",
        own_words={"text_body": words},
        changed_at=NOW,
    )
    MemberPassword.objects.create(member=member, password="x", changed_at=NOW)
    open_session(member=member, way=MemberSession.Way.LINK, channel="email", now=NOW)
    for row in (member, task, sent):
        LogEntry.objects.create(
            user=UserFactory(),
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=str(member),
            action_flag=CHANGE,
            change_message=words,
        )
    LogEntry.objects.create(
        user=UserFactory(),
        content_type=ContentType.objects.get_for_model(ConsentRecord),
        object_id="999999",
        object_repr="Quirina Zwyssig: SMS no",
        action_flag=CHANGE,
    )
    key = ApiClient(member.club).key
    ApiAnswer.objects.create(api_key=key, name="n", digest="d", body='{"id": "QZ-0815"}', created_at=NOW)
    return member


def said_anywhere(words):
    """The columns of all tables, ours and the libraries', in which these words stand, whatever their capitals."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if not model._meta.managed or not isinstance(
                field,
                models.CharField | models.TextField | models.JSONField | models.DateField | models.UUIDField,
            ):
                continue
            quote = connection.ops.quote_name
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT COUNT(*) FROM {quote(model._meta.db_table)} "
                    f"WHERE LOWER(CAST({quote(field.column)} AS text)) LIKE %s",
                    [f"%{words.lower()}%"],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{model._meta.label}.{field.name}")
    return found


def erase(member):
    return erase_member(member_id=member.pk, now=NOW)


def test_before_it_every_trace_is_somewhere(member):
    """Else the next test could not fail."""
    assert all(said_anywhere(words) for words in TRACES)
    assert len(said_anywhere("Quirina")) > 15


def test_nothing_in_any_table_says_who_it_was(member):
    erase(member)
    assert {words: said_anywhere(words) for words in TRACES} == {words: [] for words in TRACES}


def test_every_row_that_is_counted_stays(member):
    counted = (
        "visits",
        "payments",
        "agreements",
        "bookings",
        "messages",
        "enrollments",
        "credit_entries",
        "offers",
    )
    before = {name: getattr(member, name).count() for name in counted}
    events, steps = MessageEvent.objects.count(), StepRun.objects.count()
    erase(member)
    assert {name: getattr(member, name).count() for name in counted} == before
    assert all(before.values())
    assert (MessageEvent.objects.count(), StepRun.objects.count()) == (events + 2, steps)
    assert Message.objects.filter(status="sent", sent_at=NOW).count() == 1


def test_what_waits_is_not_sent_and_says_why(member):
    erase(member)
    ended = Message.objects.filter(status="skipped")
    assert set(ended.values_list("reason", "claim", "ended_at")) == {("erased", None, NOW)}
    assert ended.count() == 2
    assert not Message.objects.filter(status__in=["queued", "claimed"]).exists()
    assert Enrollment.objects.get().status == Enrollment.Status.EXITED
    assert StaffTask.objects.get().status not in StaffTask.OPEN


def test_while_one_is_with_the_provider_nothing_is_done_at_all(member):
    MessageFactory(member=member, status="sending", claimed_at=NOW)
    with pytest.raises(NotErased, match="on its way"):
        erase(member)
    member.refresh_from_db()
    assert member.first_name == "Quirina"
    assert Message.objects.filter(status="queued").exists()


def test_she_cannot_sign_in_any_more(member):
    erase(member)
    assert not MemberPassword.objects.exists()
    assert not MemberSession.objects.exists()


def test_the_links_in_old_messages_open_nothing_any_more(member, client):
    erase(member)
    assert client.get(preferences_url(member.pk).removeprefix(settings.PUBLIC_URL)).status_code == 404


def test_a_trace_stays_that_says_when_and_by_whom(member):
    person = UserFactory()
    erase_member(member_id=member.pk, now=NOW, by=person)
    row = ErasedMember.objects.get()
    assert (row.member_id, row.erased_at, row.erased_by) == (member.pk, NOW, person)
    [version] = member.history.all()
    assert (version.first_name, version.history_change_reason) == ("Erased member", "Erased on request")


def test_the_others_keep_everything(member):
    other = MemberFactory(club=member.club, email="quirina@mail.example", phone=member.phone)
    message = MessageFactory(member=other, text_body="Hello")
    erase(member)
    assert Member.objects.filter(pk=other.pk).values().get()["phone"] == "+41791112233"
    assert Message.objects.get(pk=message.pk).text_body == "Hello"
    # The number is still somebody's, whom the list protects.
    assert Suppression.objects.count() == 2


def test_it_is_done_once(member):
    erase(member)
    with pytest.raises(NotErased, match="already"):
        erase(member)


def test_no_workflow_follows_her_up_any_more(member):
    from automations.engine.explanation import explain

    workflow = Enrollment.objects.get().workflow
    member.refresh_from_db()
    erase(member)
    member.refresh_from_db()
    assert explain(member, workflow, now=NOW).decided == Reason.ERASED


def test_the_cost_does_not_grow_with_what_there_is(member, django_assert_max_num_queries):
    for _ in range(30):
        MessageFactory(member=member, status="sent")
        VisitFactory(member=member, attended_at=NOW - dt.timedelta(hours=Member.objects.count() + _))
    with django_assert_max_num_queries(130):
        erase(member)
