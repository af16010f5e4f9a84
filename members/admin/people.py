"""Logins and roles under the admin's own look: managers look after the logins of their clubs, superusers after all."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from members.admin.columns import label
from members.admin.login_forms import LoginForm, NewLoginForm, PasswordForm
from members.admin.paging import Paged
from members.admin.questions import asked
from members.admin.scoping import SuperusersOnly, visible_club_ids
from members.models import Club
from members.rules.logins import logins_of
from members.rules.wording import person_name

admin.site.unregister(User)
admin.site.unregister(Group)

DAYS = settings.PASSWORD_RESET_TIMEOUT // 86_400


@admin.register(User)
class LoginAdmin(Paged, DjangoUserAdmin, ModelAdmin):
    form = LoginForm
    add_form = NewLoginForm
    add_form_template = None
    change_password_form = PasswordForm
    change_form_outer_before_template = "admin/auth/user/deeds.html"
    list_display = ["username", "name", "roles", "works_at", "state"]
    list_filter = ["is_active"]
    readonly_fields = ["roles", "works_at"]
    filter_horizontal = ["user_permissions"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        clubs = Club.objects.filter(pk__in=visible_club_ids(request))
        mine = logins_of(request.user).values("pk")  # type: ignore[arg-type]
        found = super().get_queryset(request).filter(pk__in=mine)
        return found.prefetch_related("groups", Prefetch("clubs", clubs, to_attr="clubs_seen"))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_mine(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_view_permission(request, obj) and self._is_mine(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Switched off, a login keeps its name beside what it did.
        return bool(request.user.is_superuser)

    def _is_mine(self, request: HttpRequest, login: User | None) -> bool:
        return login is None or logins_of(request.user).filter(pk=login.pk).exists()  # type: ignore[arg-type]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        may_change = obj is None or self.has_change_permission(request, obj)
        parts: list[Any] = [
            (None, {"fields": ["username", "first_name", "last_name", "email"]}),
            (_("What for"), {"fields": ["groups", "clubs"] if may_change else ["roles", "works_at"]}),
        ]
        if obj is None:
            return [*parts, (_("Password"), {"fields": ["password1", "password2"]})]
        parts.append((_("In use"), {"fields": ["is_active"]}))
        if request.user.is_superuser:
            rare = {"classes": ["collapse"], "fields": ["is_superuser", "user_permissions"]}
            parts.append((_("For superusers: rights beyond the roles"), rare))
        return parts

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"request": request})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        login = self.get_object(request, object_id) if object_id else None
        title = person_name(login) if login else _("Add a login")
        deeds = login and self.has_change_permission(request, login)
        context = {"title": title, "login": login if deeds else None, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        # Past Django's own, which leads to a second page of the same login.
        response = super(DjangoUserAdmin, self).response_add(request, obj, post_url_continue)
        if not obj.has_usable_password():
            messages.info(request, link_in_words(obj))
        return response

    # --- A link to choose a password ------------------------------------------------------------
    def get_urls(self) -> list[Any]:
        own = path("<int:pk>/link/", self.admin_site.admin_view(self.link_view), name="auth_user_link")
        return [own, *super().get_urls()]

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        login = self.get_object(request, str(pk))
        if login is None:
            raise Http404
        if not self.has_change_permission(request, login):
            raise PermissionDenied

        def deed(_cleaned: dict[str, Any]) -> str:
            self.log_change(request, login, gettext("Made a link to choose a password."))
            return link_in_words(login)

        return asked(
            request,
            title=gettext("A link by which %(who)s chooses a password") % {"who": person_name(login)},
            explains=gettext(
                "You see it once, and hand it over yourself. The present password holds until then."
            ),
            button=gettext("Make the link"),
            deed=deed,
            back=reverse("admin:auth_user_change", args=[login.pk]),
            opts=User._meta,
        )

    # --- Columns ----------------------------------------------------------------------------------
    @admin.display(description=_("name"))
    def name(self, login: User) -> str:
        return login.get_full_name()

    @admin.display(description=_("role"))
    def roles(self, login: User) -> str:
        names = [group.name for group in login.groups.all()]
        return ", ".join([str(_("Superuser")), *names] if login.is_superuser else names)

    @admin.display(description=_("clubs"))
    def works_at(self, login: Any) -> str:
        if login.is_superuser:
            return str(_("all"))
        return ", ".join(str(club) for club in login.clubs_seen)

    @admin.display(description=_("in use"), ordering="is_active")
    def state(self, login: User) -> SafeString:
        return label(_("In use"), "success") if login.is_active else label(_("Switched off"))


def link_in_words(login: User) -> str:
    """A link that works once; whoever has it can log in as that person."""
    args = [urlsafe_base64_encode(force_bytes(login.pk)), default_token_generator.make_token(login)]
    where = settings.PUBLIC_URL + reverse("password_reset_confirm", args=args)
    said = gettext("Hand this link to %(who)s and to nobody else. It works once, for %(days)s days: %(link)s")
    return said % {"who": person_name(login), "days": DAYS, "link": where}


@admin.register(Group)
class GroupAdmin(SuperusersOnly, DjangoGroupAdmin, ModelAdmin):
    pass
