"""The member's own pages."""

from django.urls import include, path

from messaging.centre.unsubscribe import unsubscribe

urlpatterns = [
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
    path("me/", include("messaging.centre.me_urls")),
]
