"""The fields that a condition may ask about: those that every club has, and the club's own."""

from typing import Any

from automations.blocks import Registry, UnknownBlock
from automations.conditions.agreements import (
    AgreementStatusField,
    BoughtField,
    EndsField,
    HasAgreementField,
    HasTrialField,
    PlanField,
    SessionsLeftField,
    SuspendedField,
)
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField
from automations.conditions.bookings import (
    BookingsField,
    CanceledField,
    HasBookedField,
    NextClassField,
    NoShowsField,
)
from automations.conditions.consent import ConsentField
from automations.conditions.custom import PREFIX, CustomConditionField
from automations.conditions.members import (
    AgeField,
    ByEmailField,
    ByPhoneField,
    JoinedField,
    LevelField,
    MembershipField,
    OriginField,
    RecurringField,
    StageField,
    StatusField,
    TrainerField,
)
from automations.conditions.payments import FailedField, OverdueField, OwedField, PaidField
from automations.conditions.replies import LastReplyField
from automations.conditions.segments import SegmentField
from automations.conditions.tags import RiskField, TagField
from automations.conditions.visits import DaysAwayField, LastVisitField, VisitsField
from messaging.models import Channel

FIELDS: Registry[Any] = Registry(
    [
        MembershipField(),
        LevelField(),
        RecurringField(),
        StatusField(),
        TagField(),
        RiskField(),
        TrainerField(),
        AgeField(),
        JoinedField(),
        StageField(),
        OriginField(),
        ByEmailField(),
        ByPhoneField(),
        VisitsField(),
        DaysAwayField(),
        LastVisitField(),
        HasAgreementField(),
        AgreementStatusField(),
        PlanField(),
        EndsField(),
        BoughtField(),
        SessionsLeftField(),
        SuspendedField(),
        HasTrialField(),
        HasBookedField(),
        NextClassField(),
        BookingsField(),
        NoShowsField(),
        CanceledField(),
        OwedField(),
        OverdueField(),
        FailedField(),
        PaidField(),
        *(ConsentField(channel) for channel in Channel),
        LastReplyField(),
        SegmentField(),
    ]
)


def field_named(kind: str, asked: Asked) -> ConditionField | None:
    """The field of this kind, of the club's own too; None if there is none."""
    if kind.startswith(PREFIX):
        name = kind.removeprefix(PREFIX)
        own = asked.custom_fields.get(name)
        return CustomConditionField(name, own["label"], own["type"]) if own else None
    try:
        field: ConditionField = FIELDS[kind]
    except UnknownBlock:
        return None
    return field


def fields_of(asked: Asked) -> list[ConditionField]:
    """All that may be asked in this club, in their order."""
    own = [CustomConditionField(name, row["label"], row["type"]) for name, row in asked.custom_fields.items()]
    *others, segment = FIELDS
    return [*others, *own, segment]
