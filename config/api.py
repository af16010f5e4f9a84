"""The API for the club's other systems, put together from what each app offers, and its page for whoever writes to it."""

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Swagger
from ninja.errors import HttpError, ValidationError

from automations.rules.job_errors import told
from members.api.facts import router as facts
from members.api.members import router as members
from members.api.problems import Problem, answer, not_found
from messaging.api.consents import router as consents
from messaging.api.me import router as me
from messaging.api.me_sign_in import router as me_sign_in
from messaging.api.members import router as member
from messaging.api.messages import router as messages

logger = logging.getLogger(__name__)

ABOUT = (
    "Tell Rollcall what your own systems know, in batches of up to 1,000 items, and read what it makes of it. "
    "Every request bears a key of your club: Authorization: Bearer …; those below /me a member's token instead, for the "
    "club's own app."
)

api = NinjaAPI(
    title="Rollcall",
    version="1",
    urls_namespace="api",
    description=ABOUT,
    # Without a validator and a font of other hosts.
    docs=Swagger(settings={"validatorUrl": None, "defaultModelsExpandDepth": -1}),
)
for name, router in {
    "Members": members,
    "Member": member,
    "Facts": facts,
    "Consents": consents,
    "Messages": messages,
    "Signing in": me_sign_in,
    "A member's own page": me,
}.items():
    api.add_router("", router, tags=["Members" if name == "Member" else name])


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return answer(request, problem)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = ", ".join(str(one["loc"][-1]) for one in error.errors)
    return answer(request, Problem(422, "invalid", _("This parameter cannot be right: %s.") % where))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer(request, Problem(400, "not_json", _("The request is not JSON in UTF-8.")))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer(request, not_found(_("There is nothing at this address.")))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Any) -> HttpResponse:
    # Without values: what was sent is about people.
    logger.error("%s %s failed\n%s", request.method, request.path, told(error))
    words = _("Something went wrong here, and nothing of this request was kept. Please try again.")
    return answer(request, Problem(500, "broken", words))
