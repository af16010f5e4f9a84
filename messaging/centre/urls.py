"""The member's own pages."""

from django.urls import include, path

from messaging.centre.preferences import preferences
from messaging.centre.short_links import short_link
from messaging.centre.unsubscribe import unsubscribe

urlpatterns = [
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
    path("p/<str:token>", preferences, name="preferences"),
    path("l/<str:token>", short_link, name="short_link"),
    path("me/", include("messaging.centre.me_urls")),
]
