"""Test data: a club, its members with named traits, templates and workflows."""

import datetime as dt

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from automations.models import Enrollment, Step, StepRun, Workflow, WorkflowRun
from members.models import (
    Agreement,
    ApiKey,
    Booking,
    ClassSession,
    Closure,
    Club,
    Member,
    MembershipStatus,
    Payment,
    Visit,
)
from messaging.models import Channel, ConsentRecord, Message, MessageTemplate, Suppression

NOW = dt.datetime(2025, 9, 1, 10, 0, tzinfo=dt.UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@club.example")
    is_staff = True

    class Params:
        superuser = factory.Trait(is_superuser=True)


class ClubFactory(DjangoModelFactory):
    class Meta:
        model = Club

    name = factory.Sequence(lambda n: f"Club {n}")
    slug = factory.Sequence(lambda n: f"club-{n}")
    time_zone = "UTC"
    booking_link = "https://book.example/"
    sender_email = "hello@club.example"
    sms_number = "+41766000000"


class MemberFactory(DjangoModelFactory):
    """An active member with both addresses; `days_away` counts back from NOW at noon."""

    class Meta:
        model = Member

    class Params:
        days_away = None
        frozen = factory.Trait(membership_status=MembershipStatus.FROZEN)
        canceled = factory.Trait(membership_status=MembershipStatus.CANCELED)
        recurring = factory.Trait(is_recurring=True)
        unreachable = factory.Trait(phone="", email="")

    club = factory.SubFactory(ClubFactory)
    external_id = factory.Sequence(lambda n: f"M{n:05}")
    first_name = "John"
    last_name = "Doe"
    phone = factory.Sequence(lambda n: f"+1555{n:07}")
    email = factory.LazyAttribute(lambda member: f"{member.external_id.lower()}@mail.example")

    @factory.lazy_attribute
    def last_attended_at(self) -> dt.datetime | None:
        if self.days_away is None:
            return None
        return NOW.replace(hour=12) - dt.timedelta(days=self.days_away)


class VisitFactory(DjangoModelFactory):
    class Meta:
        model = Visit

    member = factory.SubFactory(MemberFactory)
    attended_at = NOW


class ApiKeyFactory(DjangoModelFactory):
    """One that nobody could use, since nobody knows what was hashed."""

    class Meta:
        model = ApiKey

    club = factory.SubFactory(ClubFactory)
    name = "Till"
    prefix = factory.Sequence(lambda n: f"rollcall_{n:08x}")
    digest = "0" * 64
    scopes = ["members:read"]
    created_at = NOW


class ClosureFactory(DjangoModelFactory):
    class Meta:
        model = Closure

    club = factory.SubFactory(ClubFactory)


class AgreementFactory(DjangoModelFactory):
    """Active and unlimited, bought a month before NOW, nothing owed."""

    class Meta:
        model = Agreement

    class Params:
        single = factory.Trait(sessions_bought=1, sessions_left=1)
        used = factory.Trait(sessions_bought=1, sessions_left=0)
        canceled = factory.Trait(status="inactive", alert="canceled")
        expired = factory.Trait(status="inactive", alert="expired")
        in_collections = factory.Trait(status="collections")

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda agreement: agreement.member.club)
    external_id = factory.Sequence(lambda n: f"A{n:05}")
    name = "Monthly"
    purchased_on = dt.date(2025, 8, 1)


class PaymentFactory(DjangoModelFactory):
    """Forty pending, due the day before NOW."""

    class Meta:
        model = Payment

    member = factory.LazyAttribute(lambda payment: payment.agreement.member)
    club = factory.LazyAttribute(lambda payment: payment.member.club)
    agreement = factory.SubFactory(AgreementFactory)
    external_id = factory.Sequence(lambda n: f"P{n:05}")
    amount = 4000
    currency = "USD"
    due_on = dt.date(2025, 8, 31)


class ClassSessionFactory(DjangoModelFactory):
    """Starts two hours after NOW."""

    class Meta:
        model = ClassSession

    club = factory.SubFactory(ClubFactory)
    external_id = factory.Sequence(lambda n: f"C{n:05}")
    name = "Yoga"
    starts_at = NOW + dt.timedelta(hours=2)


class BookingFactory(DjangoModelFactory):
    class Meta:
        model = Booking

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda booking: booking.member.club)
    class_session = factory.LazyAttribute(lambda booking: ClassSessionFactory(club=booking.club))
    external_id = factory.Sequence(lambda n: f"B{n:05}")


class MessageTemplateFactory(DjangoModelFactory):
    class Meta:
        model = MessageTemplate

    class Params:
        as_email = factory.Trait(channel=Channel.EMAIL, subject="We missed you, {{ first_name }}")

    club = factory.SubFactory(ClubFactory)
    slug = factory.Sequence(lambda n: f"template-{n}")
    name = factory.LazyAttribute(lambda template: template.slug)
    channel = Channel.SMS
    text_body = (
        "Hey {{ first_name }}, we missed you last week! Book your next class here 📌 {{ booking_link }}"
    )


class WorkflowFactory(DjangoModelFactory):
    """The missed-class workflow, switched on, without steps."""

    class Meta:
        model = Workflow

    club = factory.SubFactory(ClubFactory)
    slug = "missed-class"
    name = "Missed class"
    is_enabled = True
    trigger = "missed_class"
    trigger_params = factory.LazyFunction(lambda: {"min_days": 7, "max_days": 35, "hand_over": True})


class StepFactory(DjangoModelFactory):
    """Sends a template of the workflow's club."""

    class Meta:
        model = Step

    workflow = factory.SubFactory(WorkflowFactory)
    position = 1
    action = "send_message"

    @factory.lazy_attribute
    def action_params(self) -> dict[str, str]:
        return {"template": MessageTemplateFactory(club=self.workflow.club).slug}


class ConsentRecordFactory(DjangoModelFactory):
    class Meta:
        model = ConsentRecord

    member = factory.SubFactory(MemberFactory)
    channel = Channel.SMS
    is_granted = False
    recorded_at = NOW - dt.timedelta(days=1)
    source = "front desk"


class SuppressionFactory(DjangoModelFactory):
    class Meta:
        model = Suppression

    club = factory.SubFactory(ClubFactory)
    channel = Channel.SMS
    cause = Suppression.Cause.OPTED_OUT
    suppressed_at = NOW - dt.timedelta(days=1)


class MessageFactory(DjangoModelFactory):
    """A queued SMS, due now."""

    class Meta:
        model = Message

    member = factory.SubFactory(MemberFactory)
    club = factory.LazyAttribute(lambda message: message.member.club)
    channel = Channel.SMS
    origin = "missed-class"
    template = factory.LazyAttribute(lambda message: MessageTemplateFactory(club=message.club))
    created_at = NOW
    due_at = NOW


class WorkflowRunFactory(DjangoModelFactory):
    """A run by hand as of NOW, not yet begun."""

    class Meta:
        model = WorkflowRun

    workflow = factory.SubFactory(WorkflowFactory)
    kind = WorkflowRun.Kind.BY_HAND
    as_of = NOW
    checked_on = factory.LazyAttribute(lambda run: run.workflow.club.today(run.as_of))
    started_at = NOW


class EnrollmentFactory(DjangoModelFactory):
    """Somebody ten days away, enrolled for that at NOW and due at once, before the first step."""

    class Meta:
        model = Enrollment

    workflow = factory.SubFactory(WorkflowFactory)
    member = factory.LazyAttribute(
        lambda enrollment: MemberFactory(club=enrollment.workflow.club, days_away=10)
    )
    run = factory.LazyAttribute(lambda enrollment: WorkflowRunFactory(workflow=enrollment.workflow))
    occurrence = factory.LazyAttribute(lambda enrollment: f"absence:{enrollment.member.last_attended_on()}")
    enrolled_at = NOW
    due_at = factory.SelfAttribute("enrolled_at")


class StepRunFactory(DjangoModelFactory):
    """A step taken at NOW, with what came of it."""

    class Meta:
        model = StepRun

    enrollment = factory.SubFactory(EnrollmentFactory)
    step = None
    position = 1
    action = "send_message"
    ran_at = NOW
    outcome = StepRun.Outcome.DONE
