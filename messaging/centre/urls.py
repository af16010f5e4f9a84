"""The member's own pages."""

from django.urls import path

from messaging.centre.unsubscribe import unsubscribe

urlpatterns = [path("u/<str:token>", unsubscribe, name="unsubscribe")]
