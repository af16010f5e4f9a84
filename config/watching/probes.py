"""`/healthz`, `/readyz` and `/metrics`, answered before hosts, schemes and sessions are looked at.

Whoever probes comes from inside, by address, without TLS and without a login.
"""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from config.watching.figures import CONTENT_TYPE, figures
from config.watching.readiness import OK, readiness

Respond = Callable[[HttpRequest], HttpResponse]
THROUGH_A_PROXY = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP")


def probes(respond: Respond) -> Respond:
    """Middleware."""
    pages = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def probe(request: HttpRequest) -> HttpResponse:
        page = pages.get(request.path_info)
        if page is None:
            return respond(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        answer = page(request)
        answer["Cache-Control"] = "no-store"
        return answer

    return probe


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is there and answers; nothing else is asked."""
    return JsonResponse({"healthy": True})


def readyz(request: HttpRequest) -> HttpResponse:
    """Everything that it takes to do the work; 503 if anything is wrong, and which."""
    checks = readiness()
    failed = [name for name, found in checks.items() if found != OK]
    return JsonResponse(
        {"ready": not failed, "failed": failed, "checks": checks}, status=503 if failed else 200
    )


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' form, for those who may read them; where nobody may, there is no such page."""
    if not settings.METRICS_TOKEN and not settings.METRICS_NETWORKS:
        return HttpResponse(status=404)
    if not (_bears_the_token(request) or _is_internal(request)):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(figures(), content_type=CONTENT_TYPE)


def _bears_the_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return bool(settings.METRICS_TOKEN) and (
        constant_time_compare(token.strip(), settings.METRICS_TOKEN) and scheme.lower() == "bearer"
    )


def _is_internal(request: HttpRequest) -> bool:
    """From one of the networks itself: what a proxy hands on comes from anywhere, whatever address it bears."""
    if any(name in request.headers for name in THROUGH_A_PROXY):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_NETWORKS)
