"""Where providers post to."""

from django.urls import path

from messaging.inbound.webhook import sns

urlpatterns = [path("sns", sns, name="sns_hook")]
