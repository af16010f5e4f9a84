"""Where each page lives."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config.api import api
from config.going_live import going_live
from members.api.problems import nothing_here

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/going-live/", admin.site.admin_view(going_live), name="going_live"),
    path("admin/", admin.site.urls),
    path("api/v1/", nothing_here),
    path("api/v1/", api.urls),
    path("api/<path:rest>", nothing_here),
    path("", include("messaging.centre.urls")),
]
