"""What each list is called, as in the menu, and what stands on it while it is empty."""

from functools import cache
from typing import Any

from django.db.models import Model
from django.db.models.options import Options
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from config.unfold import UNFOLD

Words = str | Promise
WORKFLOWS = (_("See the workflows"), "automations_workflow_changelist")
JOBS = (_("See the schedule"), "django_celery_beat_periodictask_changelist")

EMPTY: dict[str, tuple[Words, tuple[Words, str]]] = {
    "members.club": (_("There is no club yet."), (_("Add a club"), "members_club_add")),
    "members.closure": (
        _("No days shut yet. Days away are not counted on them."),
        (_("Add days"), "members_closure_add"),
    ),
    "members.member": (_("No members yet."), (_("Add a member"), "members_member_add")),
    "members.erasedmember": (
        _("Nobody’s data has been erased. It is done on the page of a member."),
        (_("See the members"), "members_member_changelist"),
    ),
    "members.visit": (_("No visits yet."), (_("Record a visit"), "members_visit_add")),
    "members.agreement": (_("No agreements yet."), (_("Add an agreement"), "members_agreement_add")),
    "members.payment": (_("No payments yet."), (_("Add a payment"), "members_payment_add")),
    "members.classsession": (_("No classes yet."), (_("Add a class"), "members_classsession_add")),
    "members.booking": (_("No bookings yet."), (_("Add a booking"), "members_booking_add")),
    "members.document": (
        _("No documents yet. A workflow can ask for a new one before they expire."),
        (_("Add a document"), "members_document_add"),
    ),
    "members.apikey": (
        _("No other system has a key yet."),
        (_("Make a key"), "members_apikey_add"),
    ),
    "members.tag": (
        _("No tags yet. They mark members for a workflow or a list."),
        (_("Add a tag"), "members_tag_add"),
    ),
    "messaging.notice": (
        _("Nothing unexplained: every notice could be acted on."),
        (_("See the message log"), "messaging_message_changelist"),
    ),
    "members.offer": (
        _("Nothing has been offered yet."),
        (_("Make an offer"), "members_offer_add"),
    ),
    "members.creditentry": (
        _("Nobody has been given credits yet. They are given on the page of a member."),
        (_("See the members"), "members_member_changelist"),
    ),
    "members.leave": (
        _("Nobody is on leave. Whoever is gets no new tasks meanwhile."),
        (_("Add a leave"), "members_leave_add"),
    ),
    "members.customfield": (
        _("No fields of your own yet. They keep what this club wants to know of its members."),
        (_("Add a field"), "members_customfield_add"),
    ),
    "automations.segment": (
        _("No segments yet. They are groups of members to use in workflows and lists."),
        (_("Add a segment"), "automations_segment_add"),
    ),
    "members.stafftask": (
        _("No task is open."),
        (_("Open a task"), "members_stafftask_add"),
    ),
    "messaging.message": (
        _("No message yet. A workflow that is switched on writes the first one."),
        WORKFLOWS,
    ),
    "messaging.messageevent": (
        _("No word from a provider yet. It comes once messages were sent."),
        (_("See the message log"), "messaging_message_changelist"),
    ),
    "messaging.inboundmessage": (
        _("Nobody has written back yet."),
        (_("See the message log"), "messaging_message_changelist"),
    ),
    "messaging.hold": (
        _(
            "Nothing was ever held back. It is done on the page of a message, or of a member for all of theirs."
        ),
        (_("See the message log"), "messaging_message_changelist"),
    ),
    "messaging.messagetemplate": (
        _("No templates yet. They are the words that workflows send."),
        (_("Write a template"), "messaging_messagetemplate_add"),
    ),
    "messaging.consentrecord": (
        _("Nobody has agreed to or refused messages yet."),
        (_("Record an answer"), "messaging_consentrecord_add"),
    ),
    "messaging.suppression": (
        _("No address is shut out."),
        (_("Shut out an address"), "messaging_suppression_add"),
    ),
    "messaging.sendingpace": (
        _("Nothing has been sent yet."),
        (_("See the message log"), "messaging_message_changelist"),
    ),
    "messaging.sendingswitch": (
        _("Sending was never paused for all clubs."),
        (_("Pause it"), "messaging_sendingswitch_add"),
    ),
    "automations.workflow": (_("No workflows yet."), (_("Add a workflow"), "automations_workflow_add")),
    "automations.enrollment": (
        _("Nobody is on the way through a workflow right now. The filter shows who was."),
        WORKFLOWS,
    ),
    "automations.decision": (
        _("Nothing decided yet. A workflow that is switched on decides daily."),
        WORKFLOWS,
    ),
    "automations.workflowrun": (_("No workflow has run yet."), WORKFLOWS),
    "automations.steprun": (_("No step has been taken yet."), WORKFLOWS),
    "automations.alert": (
        _("Nothing has gone wrong yet."),
        (_("See the jobs"), "automations_jobrun_changelist"),
    ),
    "automations.jobrun": (_("No job has run yet."), JOBS),
    "auth.user": (_("No logins yet."), (_("Add a login"), "auth_user_add")),
    "auth.group": (_("No groups yet."), (_("Add a group"), "auth_group_add")),
    "django_celery_beat.periodictask": (
        _("Nothing is scheduled yet."),
        (_("Schedule a job"), "django_celery_beat_periodictask_add"),
    ),
    "django_celery_beat.intervalschedule": (_("No intervals yet."), JOBS),
    "django_celery_beat.crontabschedule": (_("No times of day yet."), JOBS),
    "django_celery_beat.solarschedule": (_("No times by the sun yet."), JOBS),
    "django_celery_beat.clockedschedule": (_("No single dates yet."), JOBS),
}


@cache
def _named_in_the_menu() -> dict[str, Words]:
    return {
        str(item["link"]): item["title"]
        for group in UNFOLD["SIDEBAR"]["navigation"]
        for item in group["items"]
    }


def page_name(link: str, otherwise: Any) -> str:
    """What the menu calls the page at this address."""
    return capfirst(str(_named_in_the_menu().get(link, otherwise)))


def list_name(opts: "Options[Model]") -> str:
    link = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return page_name(link, opts.verbose_name_plural)
