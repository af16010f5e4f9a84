"""Offers: who was offered what until when, and the button at the desk that marks one used."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from members.admin.columns import WithMember, label, when
from members.admin.money import MoneyField, WithMoney
from members.admin.panels import TimelineEntry, TimelineSource, add_timeline_source
from members.admin.questions import NotDone, asked
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, ScopedSearchFilter, visible_club_ids
from members.models import Club, Member, Offer
from members.operations.offers import OfferMoved, new_code, take_back_use, use_offer
from members.rules.offers import OfferState, in_state, off_in_words, state_of
from members.rules.wording import day_in_words

COLORS = {"open": "success", "used": "info", "expired": ""}
DEEDS = {"use": gettext_lazy("Mark used"), "unuse": gettext_lazy("Not used after all")}


class StateFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(OfferState.choices)

    def queryset(self, request: HttpRequest, rows: QuerySet[Offer]) -> QuerySet[Offer]:
        if self.value() not in OfferState.values:
            return rows
        now, found = timezone.now(), Q(pk__in=[])
        for club in Club.objects.filter(pk__in=visible_club_ids(request)):
            found |= Q(club=club) & in_state(self.value() or "", club.today(now))
        return rows.filter(found)


class OfferForm(WithMoney, forms.ModelForm):
    money = "amount"
    amount = MoneyField(
        label=gettext_lazy("Amount off"),
        required=False,
        help_text=gettext_lazy("Like 12.50; or a percentage."),
    )

    def currency(self, cleaned: dict[str, Any]) -> str:
        member = cleaned.get("member")
        return member.club.currency if member else super().currency(cleaned)

    def clean(self) -> Any:
        cleaned = super().clean()
        member, expires_on = cleaned.get("member"), cleaned.get("expires_on")
        if member and expires_on and expires_on < member.club.today(timezone.now()):
            self.add_error("expires_on", ValidationError(_("Choose today or a later day.")))
        # Zero is no discount.
        cleaned["amount"] = cleaned.get("amount") or None
        if not self.errors and (cleaned.get("percent") is None) == (cleaned["amount"] is None):
            self.add_error("percent", ValidationError(_("Say either a percentage or an amount.")))
        return cleaned

    def _post_clean(self) -> None:
        if member := self.cleaned_data.get("member"):
            self.instance.club = member.club
            self.instance.currency = member.club.currency if self.cleaned_data.get("amount") else ""
        super()._post_clean()  # type: ignore[misc]


@admin.register(Offer)
class OfferAdmin(WithMember, ClubScopedAdmin):
    club_path = "club"
    form = OfferForm
    fields = ["member", "what", "percent", "amount", "expires_on"]
    list_display = ["code", "who", "off", "what", "until", "state"]
    list_filter = [StateFilter, ("member", ScopedSearchFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["member", "club"]
    search_fields = ["code", "member__first_name", "member__last_name", "member__external_id"]
    search_help_text = gettext_lazy("Code, name or member ID")
    autocomplete_fields = ["member"]
    readonly_fields = ["off", "until", "state", "made"]
    change_form_outer_before_template = "admin/members/stafftask/deeds.html"

    # What was promised stays as it was promised.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Offer | None = None) -> list[str]:
        return ["code", "member", "off", "what", "until", "state", "made"] if obj else list(self.fields or [])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.deed_view)
        own = path("<int:offer_id>/do/<slug:deed>/", view, name="members_offer_deed")
        return [own, *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        @admin.display(description=gettext_lazy("to do"))
        def to_do(offer: Offer) -> SafeString:
            return deeds(offer, request)

        club = ["club"] if len(visible_club_ids(request)) > 1 else []
        return [*self.list_display, *club, to_do]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        offer = self.get_object(request, object_id)
        extra = {"deeds": deeds(offer, request) if offer else ""}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Offer, form: Any, change: bool) -> None:
        obj.club, obj.code, obj.made_at = obj.member.club, new_code(), timezone.now()
        super().save_model(request, obj, form, change)

    def deed_view(self, request: HttpRequest, offer_id: int, deed: str) -> HttpResponse:
        if not request.user.has_perm("members.change_offer"):
            raise PermissionDenied
        offer = self.get_queryset(request).select_related("member", "club").filter(pk=offer_id).first()
        if offer is None or deed not in DEEDS:
            raise Http404

        def act(_cleaned: dict[str, Any]) -> str:
            try:
                if deed == "use":
                    done = use_offer(offer_id=offer.pk, now=timezone.now())
                else:
                    done = take_back_use(offer_id=offer.pk)
            except OfferMoved:
                raise NotDone(_("Nothing was changed: somebody was faster.")) from None
            self.log_change(request, done, str(DEEDS[deed]))
            return _("Marked as used.") if deed == "use" else _("It can be used again.")

        words = {
            "who": offer.member,
            "off": _off(offer),
            "until": day_in_words(offer.expires_on, offer.club.locale),
        }
        explains = _("%(who)s: %(off)s, good until %(until)s.") % words
        if deed == "use" and state_of(offer, offer.club.today(timezone.now())) == OfferState.EXPIRED:
            explains += " " + _("It has expired: honor it only if you want to.")
        return asked(
            request,
            title=_("Is the offer %(code)s used now?") % {"code": offer.code}
            if deed == "use"
            else _("Was the offer %(code)s not used?") % {"code": offer.code},
            explains=explains,
            button=str(DEEDS[deed]),
            deed=act,
            back=reverse("admin:members_offer_changelist"),
            opts=Offer._meta,
        )

    @admin.display(description=gettext_lazy("discount"))
    def off(self, offer: Offer) -> str:
        return _off(offer)

    @admin.display(description=gettext_lazy("good until"), ordering="expires_on")
    def until(self, offer: Offer) -> str:
        return day_in_words(offer.expires_on, offer.club.locale)

    @admin.display(description=gettext_lazy("state"))
    def state(self, offer: Offer) -> SafeString:
        return _state(offer)

    @admin.display(description=gettext_lazy("made"))
    def made(self, offer: Offer) -> str:
        return when(offer.made_at, offer.club)


def deeds(offer: Offer, request: HttpRequest) -> SafeString:
    """What this person may do with the offer as it stands."""
    if not request.user.has_perm("members.change_offer"):
        return SafeString("")
    name = "unuse" if offer.used_at else "use"
    query = urlencode({"next": request.get_full_path()})
    url = f"{reverse('admin:members_offer_deed', args=[offer.pk, name])}?{query}"
    about = f"{DEEDS[name]}: {offer.code} ({offer.member})"
    return render_to_string("admin/deed.html", {"url": url, "words": DEEDS[name], "about": about})


def _off(offer: Offer) -> str:
    return off_in_words(offer.percent, offer.amount, offer.club, offer.currency)


def _state(offer: Offer) -> SafeString:
    state = state_of(offer, offer.club.today(timezone.now()))
    return label(state.label, COLORS[state])


def _on_the_timeline(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    for offer in member.offers.select_related("club").order_by("-made_at", "-pk")[:limit]:
        words = {
            "off": _off(offer),
            "for": offer.what,
            "code": offer.code,
            "until": day_in_words(offer.expires_on, offer.club.locale),
        }
        said = (
            _("%(off)s %(for)s, code %(code)s, good until %(until)s.")
            if offer.what
            else _("%(off)s, code %(code)s, good until %(until)s.")
        )
        link = reverse("admin:members_offer_change", args=[offer.pk])
        yield TimelineEntry(offer.made_at, _("Offer"), said % words, "redeem", _state(offer), link)
        if offer.used_at:
            yield TimelineEntry(offer.used_at, _("Offer used"), said % words, "redeem", "", link)


add_timeline_source(
    TimelineSource(
        "members.view_offer", _on_the_timeline, "admin:members_offer_changelist", gettext_lazy("All offers")
    )
)
