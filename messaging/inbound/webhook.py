"""Where Amazon SNS posts its notifications, for those who want them at once; the queue alone is enough.

Answers 403 to what is forged, old or of another topic, so that nothing is written for a stranger; 200 once everything is in
the database, and 5xx where SNS should come again.
"""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging.inbound import signatures
from messaging.inbound.notifications import CONFIRMATION, LARGEST, NOTIFICATION, Unreadable, parse
from messaging.inbound.taking_in import take_in

logger = logging.getLogger(__name__)


@csrf_exempt  # The signature is the permission.
@require_POST
def sns(request: HttpRequest) -> HttpResponse:
    if not settings.EVENT_TOPICS:
        return HttpResponse(status=404)
    if len(request.body) > LARGEST:
        return HttpResponse(status=413)
    now = timezone.now()
    try:
        body = request.body.decode()
        notification = parse(body)
    except (UnicodeDecodeError, Unreadable):
        return HttpResponse(status=400)
    try:
        signatures.verify(notification, now=now)
        if notification.type == CONFIRMATION:
            signatures.confirm(notification)
    except signatures.Forged as why:
        logger.warning("A notification posted to us was refused: %s", why)
        return HttpResponse(status=403)
    except signatures.NotNow as why:
        logger.error("A notification posted to us could not be verified: %s", why)
        return HttpResponse(status=503)
    if notification.type == NOTIFICATION:
        take_in([body], now=now)
    return HttpResponse(status=200)
