"""A club with one row of everything that the admin shows, each bearing the club's name wherever a name fits."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import models

from automations.models import Decision, Enrollment, Reason, Segment, StepRun, WorkflowRun
from members.models import CustomField, StaffTask
from messaging.models import Hold, MessageEvent
from tests.factories import (
    NOW,
    AgreementFactory,
    ApiKeyFactory,
    BookingFactory,
    ClassSessionFactory,
    ClosureFactory,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    PaymentFactory,
    StepFactory,
    SuppressionFactory,
    UserFactory,
    VisitFactory,
    WorkflowFactory,
)
from tests.perk_factories import (
    CreditEntryFactory,
    DocumentFactory,
    ErasedMemberFactory,
    LeaveFactory,
    MemberEventFactory,
    OfferFactory,
    TagFactory,
)
from tests.reply_factories import InboundMessageFactory

OURS = ("members", "messaging", "automations")


def one_of_everything(name: str) -> dict[type[models.Model], Any]:
    """The rows by model."""
    club = ClubFactory(name=f"{name} Gym", slug=name.lower())
    member = MemberFactory(club=club, first_name=name, external_id=f"{name}-1", days_away=9)
    template = MessageTemplateFactory(club=club, slug=f"{name.lower()}-hello", name=f"{name} hello")
    workflow = WorkflowFactory(club=club, name=f"{name} flow")
    step = StepFactory(workflow=workflow, action_params={"template": template.slug})
    run = WorkflowRun.objects.create(
        workflow=workflow,
        kind=WorkflowRun.Kind.BY_HAND,
        as_of=NOW,
        checked_on=NOW.date(),
        started_at=NOW,
        finished_at=NOW,
        counts={"due": 1},
    )
    message = MessageFactory(member=member, club=club, template=template)
    task = StaffTask.objects.create(
        club=club, member=member, description=f"Call {name}", due_on=NOW.date(), opened_at=NOW
    )
    enrollment = Enrollment.objects.create(
        workflow=workflow,
        member=member,
        occurrence="absence:2025-08-23",
        run=run,
        enrolled_at=NOW,
        due_at=NOW,
        step=step,
        position=1,
    )
    rows = [
        club,
        member,
        template,
        workflow,
        run,
        message,
        task,
        enrollment,
        ClosureFactory(
            club=club, starts_on=NOW.date(), reopens_on=NOW.date() + dt.timedelta(days=1), note=f"{name} shut"
        ),
        VisitFactory(member=member),
        agreement := AgreementFactory(member=member, external_id=f"{name}-A", name=f"{name} plan"),
        PaymentFactory(agreement=agreement, external_id=f"{name}-P"),
        booking := BookingFactory(
            member=member,
            external_id=f"{name}-B",
            class_session=ClassSessionFactory(club=club, name=f"{name} Yoga"),
        ),
        booking.class_session,
        ApiKeyFactory(club=club, name=f"{name} till"),
        DocumentFactory(member=member, external_id=f"{name}-D", name=f"{name} first aid"),
        ErasedMemberFactory(club=club),
        TagFactory(club=club, name=f"{name} tag", members=[member]),
        OfferFactory(member=member, code=f"{name}-O", what=f"{name} month"),
        CreditEntryFactory(member=member, reason=f"{name} thanks"),
        MemberEventFactory(member=member, what=f"{name} called"),
        LeaveFactory(club=club, person=UserFactory(), note=f"{name} beach"),
        ConsentRecordFactory(member=member, words=f"{name} said no"),
        CustomField.objects.create(club=club, name="goal", label=f"{name} goal"),
        Segment.objects.create(
            club=club,
            slug=f"{name.lower()}-gold",
            name=f"{name} gold",
            conditions={
                "match": "all",
                "rules": [{"field": "membership_level", "operator": "is", "value": "Gold"}],
            },
        ),
        InboundMessageFactory(member=member, body=f"{name} wrote back"),
        SuppressionFactory(club=club, address=f"{name.lower()}@mail.example"),
        Hold.objects.create(member=member, held_at=NOW),
        MessageEvent.objects.create(message=message, kind="failed", happened_at=NOW, detail=f"{name} failed"),
        Decision.objects.create(
            workflow=workflow, member=member, reason=Reason.DUE, channel="sms", fact_at=NOW, from_run=run
        ),
        StepRun.objects.create(
            enrollment=enrollment,
            step=step,
            position=1,
            action="send_message",
            ran_at=NOW,
            outcome="done",
            message=message,
        ),
    ]
    return {type(row): row for row in rows}


def staff_of(*clubs: Any, permissions: Any = OURS) -> User:
    """Somebody on the staff of these clubs, with every permission of these apps or just those named `app.codename`."""
    person = UserFactory()
    for club in clubs:
        club.staff.add(person)
    for permission in permissions:
        app, _, codename = permission.partition(".")
        found = Permission.objects.filter(content_type__app_label=app)
        person.user_permissions.add(*(found.filter(codename=codename) if codename else found))
    return person
