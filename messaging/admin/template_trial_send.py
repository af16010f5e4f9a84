"""A test of the typed words, sent in earnest to the person at the keyboard and to nobody else."""

import re
from typing import Any

from botocore.exceptions import BotoCoreError
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models.members import E164
from members.rules.phones import international, is_dialable
from messaging.admin.template_trial import Trial, trial_of
from messaging.channels.advice import advice_for
from messaging.channels.envelopes import Again, Outcome, Refused, Sent, Unknown
from messaging.models import Channel
from messaging.operations.trial_sends import NotTried, send_trial

A_MINUTE, SECONDS = 5, 60


class BadAddress(ValueError):
    """Nobody could be reached there; says what to do."""


class WithTrialSend:
    """For the templates' admin."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        name = "messaging_messagetemplate"
        return [
            path("<int:pk>/test/", view(self.trial_send_view), name=f"{name}_test"),
            path(
                "<int:pk>/languages/<slug:code>/test/",
                view(self.trial_send_view),
                name=f"{name}_language_test",
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def trial_send_view(self, request: HttpRequest, pk: int, code: str = "") -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("messaging.change_messagetemplate"):
            raise PermissionDenied
        trial = trial_of(self, request, pk, timezone.now(), is_sent=True, language=code)
        if trial.words is None:
            return _answer(request, _("Nothing was sent: first mend what the preview says."))
        try:
            address = _address(request, trial)
        except BadAddress as bad:
            return _answer(request, str(bad))
        if not _is_within_the_pace(request):
            return _answer(
                request,
                _("That is %(n)s tests in a minute. Please wait a little.") % {"n": A_MINUTE},
                status=429,
            )
        assert trial.club is not None
        first_name = trial.member.first_name if trial.member else _("Sample person")
        try:
            outcome = send_trial(
                template=trial.template,
                club=trial.club,
                words=trial.words,
                first_name=first_name,
                address=address,
                language=trial.language,
            )
        except NotTried as not_tried:
            return _answer(request, str(not_tried))
        except (ImproperlyConfigured, BotoCoreError, ValueError) as error:
            return _answer(request, _("The settings do not work: %(error)s") % {"error": error})
        said = _said(outcome)
        written = _("Sent a test to %(address)s. %(said)s") % {"address": address, "said": said}
        self.log_change(request, trial.template, written)  # type: ignore[attr-defined]
        advice = "" if settings.TRANSPORT == "console" else advice_for(outcome, trial.template.channel)
        return _answer(request, said, advice=advice, address=address, was_taken=isinstance(outcome, Sent))


def _address(request: HttpRequest, trial: Trial) -> str:
    if trial.template.channel == Channel.IN_APP:
        raise BadAddress(_("An in-app message goes to a member's own page: look at the preview instead."))
    if trial.template.channel == Channel.EMAIL:
        if not request.user.is_authenticated or not request.user.email:
            raise BadAddress(_("Your login has no e-mail address. Whoever manages logins can add it."))
        return request.user.email
    phone = international(request.POST.get("_phone", ""))
    if not re.match(E164, phone):
        raise BadAddress(_("Begin your number with plus and the country code, like +41 79 123 45 67."))
    if not is_dialable(phone):
        raise BadAddress(_("No network could connect %(phone)s; check its digits.") % {"phone": phone})
    return phone


def _is_within_the_pace(request: HttpRequest) -> bool:
    key = f"template-tests:{request.user.pk}"
    cache.add(key, 0, SECONDS)
    try:
        return cache.incr(key) <= A_MINUTE
    except ValueError:  # It ran out between the two.
        return True


def _said(outcome: Outcome) -> str:
    match outcome:
        case Sent() if settings.TRANSPORT == "console":
            return _("Practice mode: written to the console and to a file; nobody receives it.")
        case Sent(provider_id):
            return _("Accepted. Message id: %(id)s") % {"id": provider_id or _("none given")}
        case Refused(detail):
            return _("Refused: %(detail)s") % {"detail": detail}
        case Again(detail):
            return _("Not sent, may work later: %(detail)s") % {"detail": detail}
        case Unknown(detail):
            return _("Nobody knows whether it was sent: %(detail)s") % {"detail": detail}


def _answer(request: HttpRequest, said: str, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "admin/messaging/template_test_result.html", {"said": said, **more}, status=status)
