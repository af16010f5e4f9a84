"""What the facts store of a member; imported once all tables are there."""

import datetime as dt
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from members.models import (
    Agreement,
    ApiAnswer,
    Booking,
    CreditEntry,
    Document,
    ErasedMember,
    FollowUpChange,
    Member,
    MemberEvent,
    MemberTag,
    Offer,
    Pause,
    Payment,
    StaffTask,
    Visit,
)
from members.operations.personal_data import FIRST, HOLDINGS, TOLD_BESIDES, Holding, hold, without_words

ERASED = _("Erased")

hold(
    Holding(
        model=Member.history.model,
        member="id",
        is_removed=True,
        kept=frozenset({"membership_status", "stage", "history_type"}),
    ),
    Holding(model=Visit, erased={"external_id": without_words()}),
    Holding(
        model=Agreement,
        erased={"external_id": without_words()},
        kept=frozenset({"name", "status", "alert"}),
    ),
    Holding(model=Payment, erased={"external_id": without_words()}, kept=frozenset({"currency", "status"})),
    Holding(
        model=Booking,
        erased={"external_id": without_words()},
        kept=frozenset({"status"}),
        more=("class_session__name", "class_session__starts_at"),
    ),
    Holding(model=Document, erased={"external_id": without_words(), "name": ""}, kept=frozenset({"kind"})),
    Holding(model=CreditEntry, erased={"reason": ERASED}, kept=frozenset({"cause"})),
    Holding(model=FollowUpChange, erased={"cause": ""}, kept=frozenset({"from_status", "to_status"})),
    Holding(model=MemberEvent, erased={"what": ERASED, "detail": ""}, kept=frozenset({"cause"})),
    Holding(
        model=Offer,
        erased={
            "what": "",
            "code": Concat(Value("X-"), Cast(F("pk"), CharField()), output_field=CharField()),
        },
        kept=frozenset({"currency", "cause"}),
    ),
    Holding(
        model=StaffTask,
        erased={
            "description": ERASED,
            "words": "",
            "note": "",
            "status": Case(
                When(status__in=StaffTask.OPEN, then=Value(StaffTask.Status.CANCELLED)), default=F("status")
            ),
        },
        kept=frozenset({"kind", "priority", "cause"}),
    ),
    Holding(model=Pause, erased={"words": "", "source": ""}, kept=frozenset({"why"})),
    Holding(model=MemberTag, is_removed=True, more=("tag__name",)),
    Holding(model=ErasedMember, kept=frozenset({"digest"})),
)


def close_tasks(member: Member, now: dt.datetime) -> None:
    StaffTask.objects.filter(member=member, status__in=StaffTask.OPEN).update(closed_at=now)


def forget_answers(member: Member, now: dt.datetime) -> None:
    """What the API answered about her within the last day; asked again, it says anew what is so."""
    ApiAnswer.objects.filter(api_key__club=member.club_id, body__contains=member.external_id).delete()


def entries_about(member: Member) -> Q:
    """What staff did on her page or on that of a row of hers, and on rows that are gone by now and bore her name."""
    about = Q(content_type=ContentType.objects.get_for_model(Member), object_id=str(member.pk))
    owned = []
    for holding in HOLDINGS:
        kind = ContentType.objects.get_for_model(holding.model)
        owned.append(kind.pk)
        keys = [str(pk) for pk in holding.rows(member).values_list("pk", flat=True)]
        if keys:
            about |= Q(content_type=kind, object_id__in=keys)
    for words in _hers(member):
        named = Q(object_repr__icontains=words) | Q(change_message__icontains=words)
        about |= named if _is_hers_alone(words) else named & Q(content_type__in=owned)
    return about


def forget_entries(member: Member, now: dt.datetime) -> None:
    """That something was done, when and by whom, stays."""
    LogEntry.objects.filter(entries_about(member)).update(
        object_repr=str(_("Erased member")), change_message=""
    )


def _hers(member: Member) -> list[str]:
    return [words for words in (str(member), member.email, member.phone) if words]


def _is_hers_alone(words: str) -> bool:
    # A namesake's entry elsewhere stays what it is.
    return "@" in words or words.startswith("+")


def _told_entries(member: Member) -> list[dict[str, Any]]:
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Member), object_id=str(member.pk)
    ).order_by("pk")
    return [
        {"action_time": entry.action_time, "change_message": entry.get_change_message()} for entry in entries
    ]


FIRST += [close_tasks, forget_answers, forget_entries]
TOLD_BESIDES["done by staff"] = _told_entries
