"""What must be settled before members are messaged in earnest; each line leads to where it is settled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.models import Workflow
from automations.reports.job_health import JobHealth
from members.models import Club
from messaging.models import Channel, MessageTemplate
from messaging.rules.ways_out import leads_out_everywhere

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAMED = 3
ONLY_STAFF = '[{"changed": {"fields": ["Staff"]}}]'
"""How the admin notes that a page was saved for this alone."""
WITHOUT_SENDER_NAMES = ("_US", "_CA")
"""Countries whose networks show no name as the sender of a text."""


@dataclass(frozen=True)
class Check:
    words: "StrOrPromise"
    is_done: bool
    where: str = ""
    """The names of the clubs that lack it, if there are several to choose from."""
    link: str = ""


@dataclass(frozen=True)
class Checks:
    open: list[Check]
    done: list[Check]


def checklist(request: HttpRequest, clubs: Sequence[Club], jobs: Sequence[JobHealth]) -> Checks | None:
    """None once everything is settled."""
    if not clubs:
        return None
    checks = [*_of_the_installation(request, jobs), *_of_clubs(request, clubs)]
    left = [check for check in checks if not check.is_done]
    return Checks(left, [check for check in checks if check.is_done]) if left else None


def _of_the_installation(request: HttpRequest, jobs: Sequence[JobHealth]) -> list[Check]:
    is_practice = settings.TRANSPORT == "console"
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    is_local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
    jobs_page = reverse("admin:automations_jobrun_changelist") if request.user.is_superuser else ""
    how = reverse("going_live")
    return [
        Check(_("End practice mode, so that messages really leave."), not is_practice, link=how),
        Check(_("Give links in messages an address that members can open."), not is_local, link=how),
        Check(
            _("Have the scheduled jobs running, none of them late."),
            any(job.is_enabled for job in jobs)
            and all(job.last_run_at and not job.is_late for job in jobs if job.is_enabled),
            link=jobs_page or how,
        ),
    ]


Lacks = Callable[[Club], bool]
OF_CLUBS: list[tuple["StrOrPromise", str, Lacks]] = [
    (
        gettext_lazy("Set the club's own time zone; UTC is only the default."),
        "time_zone",
        lambda club: club.time_zone == "UTC",
    ),
    (
        gettext_lazy("Set the address that e-mails come from."),
        "sender_email",
        lambda club: not club.sender_email,
    ),
    (
        gettext_lazy("Set the name or number that texts come from."),
        "sms_sender",
        lambda club: (
            not (club.sms_sender or club.sms_number) and not club.locale.endswith(WITHOUT_SENDER_NAMES)
        ),
    ),
    (
        gettext_lazy("Set the link where members book."),
        "booking_link",
        lambda club: not club.booking_link,
    ),
    (
        gettext_lazy("Let messages leave again; they are held back for the whole club."),
        "sending_paused",
        lambda club: club.sending_paused,
    ),
    (
        gettext_lazy("Look over the club's page and save it: hours for messages, currency, way of writing."),
        "send_from",
        lambda club: not club.is_looked_at,  # type: ignore[attr-defined]
    ),
    (gettext_lazy("Name the people who work for the club."), "staff", lambda club: not club.has_staff),  # type: ignore[attr-defined]
]


def _of_clubs(request: HttpRequest, clubs: Sequence[Club]) -> list[Check]:
    looked = (
        LogEntry.objects.filter(
            content_type=get_content_type_for_model(Club), object_id=Cast(OuterRef("pk"), CharField())
        )
        .exclude(change_message=ONLY_STAFF)
        .order_by()
    )
    workflows = Workflow.objects.filter(club=OuterRef("pk"))
    staff = Club.staff.through.objects.filter(club=OuterRef("pk"), user__is_active=True)
    known = list(
        Club.objects.filter(pk__in=[club.pk for club in clubs])
        .annotate(
            is_looked_at=Exists(looked),
            has_staff=Exists(staff),
            has_workflow=Exists(workflows),
            has_enabled=Exists(workflows.filter(is_enabled=True)),
        )
        .order_by("name")
    )
    checks = [
        _check(words, [club for club in known if lacks(club)], len(known), _club_page(field))
        for words, field, lacks in OF_CLUBS
    ]
    mails = MessageTemplate.objects.filter(club__in=known, channel=Channel.EMAIL)
    mails = mails.only("club", "channel", "text_body", "html_body", "translations")
    silent = {mail.club_id for mail in mails if not leads_out_everywhere(mail)}
    checks += [
        _check(words, [club for club in known if lacks(club)], len(known), _list(model))
        for words, model, lacks in (
            (
                _("Have the starting workflows added."),
                "automations_workflow",
                lambda club: not club.has_workflow,
            ),
            (_("Switch a workflow on."), "automations_workflow", lambda club: not club.has_enabled),
            (
                _("Put the link to unsubscribe into every e-mail template, in its HTML and its text."),
                "messaging_messagetemplate",
                lambda club: club.pk in silent,
            ),
        )
    ]
    return checks


def _check(
    words: "StrOrPromise", lacking: Sequence[Club], of: int, link: Callable[[Sequence[Club]], str]
) -> Check:
    where = ""
    if lacking and of > 1:
        where = ", ".join(club.name for club in lacking[:NAMED])
        if more := len(lacking) - NAMED if len(lacking) > NAMED else 0:
            where += ngettext(" and %(n)s more", " and %(n)s more", more) % {"n": more}
    return Check(words, not lacking, where, link(lacking) if lacking else "")


def _club_page(field: str) -> Callable[[Sequence[Club]], str]:
    def link(lacking: Sequence[Club]) -> str:
        if len(lacking) > 1:
            return reverse("admin:members_club_changelist")
        return reverse("admin:members_club_change", args=[lacking[0].pk]) + f"#id_{field}"

    return link


def _list(model: str) -> Callable[[Sequence[Club]], str]:
    def link(lacking: Sequence[Club]) -> str:
        return reverse(f"admin:{model}_changelist")

    return link
