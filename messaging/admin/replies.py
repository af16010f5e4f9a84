"""The inbox of the staff: what members wrote back, those that wait for an answer first."""

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from members.admin.columns import label, link_to, when
from members.admin.day_range import DayRangeFilter
from members.admin.panels import TimelineEntry, TimelineSource, add_timeline_source
from members.admin.questions import NotDone, asked
from members.admin.scoping import ClubScopedAdmin, ReadOnly, ScopedFilter
from members.models import Member
from messaging.admin.member_actions import MessageForm, MessageNow
from messaging.admin.page_deeds import WithPageDeeds
from messaging.models import InboundMessage
from messaging.operations.replies import mark_done
from messaging.rules.replies import why_it_waits

BEGINNING = 140
TakenAs = InboundMessage.TakenAs
ICONS = {
    TakenAs.REPLY: "reply",
    TakenAs.STOP: "notifications_off",
    TakenAs.START: "notifications",
    TakenAs.HELP: "help",
    TakenAs.AWAY: "beach_access",
    TakenAs.NO_OFFERS: "notifications_off",
    TakenAs.OFFERS: "notifications",
}


class WaitingFilter(DropdownFilter):
    """Nothing chosen shows what waits: that is what one comes for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("Waits for an answer")), ("done", _("Done")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[InboundMessage]) -> QuerySet[InboundMessage]:
        # On a row's own page nothing is filtered.
        match self.value() or "waiting":
            case "waiting" if not request.GET.get("member__id__exact"):
                return rows.filter(handled_at=None)
            case "done":
                return rows.filter(handled_at__isnull=False)
        return rows


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnly, WithPageDeeds, ClubScopedAdmin):
    club_path = "club"
    list_display = ["received", "who", "said", "taken_as", "state"]
    list_filter = [
        WaitingFilter,
        ("taken_as", ChoicesDropdownFilter),
        ("received_at", DayRangeFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["member", "club", "handled_by"]
    ordering = ["-received_at", "-id"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    search_help_text = gettext_lazy("Member: name, ID, e-mail or phone")
    fieldsets = [
        (None, {"fields": ["who", "channel", "from_address", "received", "words"]}),
        (gettext_lazy("What became of it"), {"fields": ["taken_as", "what_was_sent", "state", "our_answer"]}),
    ]

    class Media:
        css = {"all": ["rollcall/message_log.css"]}

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.deed_view)
        own = path("<int:object_id>/do/<slug:deed>/", view, name="messaging_inboundmessage_deed")
        return [own, *super().get_urls()]

    def deeds_of(self, request: HttpRequest, row: InboundMessage) -> list[dict[str, Any]]:
        return [
            {
                "label": DEEDS[name],
                "url": reverse("admin:messaging_inboundmessage_deed", args=[row.pk, name]),
            }
            for name in DEEDS
            if row.handled_at is None and _may(request, row, name)
        ]

    def deed_view(self, request: HttpRequest, object_id: int, deed: str) -> HttpResponse:
        inbound: InboundMessage = self.seen_or_404(request, object_id)
        if deed not in DEEDS:
            raise Http404
        if not _may(request, inbound, deed):
            raise PermissionDenied
        return _answering(request, inbound) if deed == "answer" else _closing(request, inbound)

    @admin.display(description=gettext_lazy("when"), ordering="received_at")
    def received(self, inbound: InboundMessage) -> str:
        return when(inbound.received_at, inbound.club) if inbound.club else str(inbound.received_at)

    @admin.display(description=gettext_lazy("member"))
    def who(self, inbound: InboundMessage) -> SafeString | str:
        return (
            link_to(inbound.member)
            if inbound.member
            else _("nobody known, %(from)s") % {"from": inbound.from_address}
        )

    @admin.display(description=gettext_lazy("text"))
    def said(self, inbound: InboundMessage) -> str:
        body = inbound.body
        if inbound.blanked_at:
            return _("words deleted")
        return f"{body[:BEGINNING].rstrip()}…" if len(body) > BEGINNING else body

    @admin.display(description=gettext_lazy("text"))
    def words(self, inbound: InboundMessage) -> SafeString | str:
        if inbound.blanked_at:
            return _("Deleted, as old words are and those of members who were erased.")
        return format_html('<div class="rollcall-words" dir="auto">{}</div>', inbound.body)

    @admin.display(description=gettext_lazy("state"))
    def state(self, inbound: InboundMessage) -> SafeString:
        if inbound.handled_at is None:
            waits = label(_("Waits for an answer"), "warning")
            why = why_it_waits(inbound)
            said = '<span>{} <span class="rollcall-help">{}</span></span>'
            return format_html(said, waits, why) if why else waits
        if inbound.handled_by:
            return label(_("Done by %(who)s") % {"who": inbound.handled_by}, "success")
        return label(_("Done by itself"), "success")

    @admin.display(description=gettext_lazy("answers to"))
    def what_was_sent(self, inbound: InboundMessage) -> SafeString | str:
        sent = inbound.in_reply_to
        return (
            link_to(sent, sent.text_body[:BEGINNING] or sent) if sent else _("no message of the last 30 days")
        )

    @admin.display(description=gettext_lazy("our answer"))
    def our_answer(self, inbound: InboundMessage) -> SafeString | str:
        sent = inbound.answer
        return link_to(sent, sent.text_body[:BEGINNING] or sent) if sent else _("none")


DEEDS = {"answer": gettext_lazy("Answer"), "done": gettext_lazy("Mark as done")}
_NEEDED = {"answer": "messaging.add_message", "done": "messaging.change_inboundmessage"}


def _may(request: HttpRequest, inbound: InboundMessage, deed: str) -> bool:
    if deed == "answer" and inbound.member is None:
        return False
    return request.user.has_perm("messaging.change_inboundmessage") and request.user.has_perm(_NEEDED[deed])


def _answering(request: HttpRequest, inbound: InboundMessage) -> HttpResponse:
    """By a message that was written before, through every gate as any other by hand; then it is done."""
    member: Member = inbound.member  # type: ignore[assignment]
    form = MessageForm(
        request.POST if request.method == "POST" else None,
        initial={"token": uuid.uuid4(), **request.GET.dict()},
        request=request,
        member=member,
        now=timezone.now(),
    )
    sending = MessageNow()

    def deed(_cleaned: dict[str, Any]) -> str:
        with transaction.atomic():
            if inbound.handled_at:
                raise NotDone(_("Somebody was quicker: it is done."))
            said = sending.do(form)
            message = member.messages.filter(token=form.cleaned_data["token"]).first()
            if not mark_done(inbound_id=inbound.pk, by=request.user, now=form.now, answer=message):
                raise ValidationError(_("Somebody was quicker: it is done."))
        return said

    context = {"button": sending.button, **sending.context(form)}
    return asked(
        request,
        form,
        title=_("Answer %(name)s") % {"name": member.first_name},
        explains=f"“{inbound.body[:300]}”",
        deed=deed,
        back=reverse("admin:messaging_inboundmessage_changelist"),
        body=sending.body,
        opts=InboundMessage._meta,
        **context,
    )


def _closing(request: HttpRequest, inbound: InboundMessage) -> HttpResponse:
    def deed(_cleaned: dict[str, Any]) -> str:
        if not mark_done(inbound_id=inbound.pk, by=request.user, now=timezone.now()):
            raise NotDone(_("Somebody was quicker: it is done."))
        return _("Done. Thank you.")

    return asked(
        request,
        Form(request.POST if request.method == "POST" else None),
        title=_("Is it done?"),
        explains=f"“{inbound.body[:300]}”",
        button=_("Mark as done"),
        deed=deed,
        back=reverse("admin:messaging_inboundmessage_changelist"),
        opts=InboundMessage._meta,
    )


def _on_the_timeline(request: HttpRequest, member: Member, limit: int) -> Any:
    for inbound in member.inbound_messages.all()[:limit]:
        yield TimelineEntry(
            inbound.received_at,
            _("Wrote back") if inbound.taken_as == TakenAs.REPLY else inbound.get_taken_as_display(),
            _("words deleted") if inbound.blanked_at else f"“{inbound.body[:BEGINNING]}”",
            ICONS[TakenAs(inbound.taken_as)],
            label(_("Waits for an answer"), "warning") if inbound.handled_at is None else "",
            reverse("admin:messaging_inboundmessage_change", args=[inbound.pk]),
        )


add_timeline_source(
    TimelineSource(
        "messaging.view_inboundmessage",
        _on_the_timeline,
        "admin:messaging_inboundmessage_changelist",
        gettext_lazy("All answers"),
    )
)
