"""Where each page lives."""

from django.contrib import admin
from django.contrib.auth.views import PasswordResetConfirmView
from django.urls import include, path, reverse_lazy
from django.views.generic import RedirectView

from config.api import api
from config.going_live import going_live
from config.outcomes import outcomes
from members.admin.login_forms import ChosenPasswordForm
from members.api.problems import nothing_here

handler404 = "config.error_pages.not_found"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/outcomes/", admin.site.admin_view(outcomes), name="outcomes"),
    path("admin/going-live/", admin.site.admin_view(going_live), name="going_live"),
    path(
        "admin/choose-password/<uidb64>/<token>/",
        PasswordResetConfirmView.as_view(
            form_class=ChosenPasswordForm,
            template_name="registration/set_password.html",
            success_url=reverse_lazy("admin:index"),
        ),
        name="password_reset_confirm",
    ),
    path("admin/", admin.site.urls),
    path("api/v1/", nothing_here),
    path("api/v1/", api.urls),
    path("api/<path:rest>", nothing_here),
    path("hooks/", include("messaging.inbound.urls")),
    path("", include("messaging.centre.urls")),
]
