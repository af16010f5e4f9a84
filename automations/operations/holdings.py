"""What automations store of a member; imported once all tables are there."""

import datetime as dt

from automations.models import (
    CorrectionRecipient,
    Decision,
    Enrollment,
    ManualStart,
    PlannedCopy,
    StepRun,
    Variant,
)
from members.models import Member
from members.operations.personal_data import FIRST, Holding, hold

ERASED = "erased"

hold(
    Holding(
        model=StepRun,
        member="enrollment__member",
        erased={"error": "", "detail": ""},
        kept=frozenset({"action", "outcome", "reason", "variant"}),
    ),
    Holding(
        model=Enrollment, kept=frozenset({"occurrence", "status", "end_reason"}), more=("workflow__name",)
    ),
    Holding(model=Decision, kept=frozenset({"reason", "channel", "occurrence"})),
    Holding(model=PlannedCopy, member="enrollment__member", is_removed=True),
    Holding(model=ManualStart),
    Holding(model=CorrectionRecipient),
    Holding(model=Variant, kept=frozenset({"letter"})),
)


def end_enrollments(member: Member, now: dt.datetime) -> None:
    """Nobody goes on with her."""
    Enrollment.objects.filter(member=member, status=Enrollment.Status.ACTIVE).update(
        status=Enrollment.Status.EXITED, step=None, ended_at=now, end_reason=ERASED
    )


FIRST.append(end_enrollments)
