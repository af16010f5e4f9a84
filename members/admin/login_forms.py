"""What is filled in to make or change a login: a person, a role, the clubs; no word of permissions."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm, SetPasswordMixin, UsernameField
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
)

from members.admin.scoping import visible_club_ids
from members.models import Club
from members.rules.logins import roles_to_give

ROLES = {
    "View only": _("sees everything of the club, changes nothing"),
    "Front desk": _("works with members: visits, tasks, messages by hand, opting out"),
    "Managers": _("also words, workflows, the club's settings, and logins"),
}
"""What the roles that come ready made are for; a role of one's own goes by its name."""


class RoleField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Group) -> str:
        return f"{obj.name}: {ROLES[obj.name]}" if obj.name in ROLES else obj.name


class LoginForm(forms.ModelForm):
    """Offers only what the person at the keyboard may give; the admin sets `request` on the class."""

    request: HttpRequest

    email = forms.EmailField(label=_("E-mail"), required=False, widget=UnfoldAdminEmailInputWidget)
    groups = RoleField(
        Group.objects.none(),
        label=_("Role"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What the person may do. Without a role there is nothing to see after logging in."),
    )
    clubs = forms.ModelMultipleChoiceField(
        Club.objects.none(),
        label=_("Clubs"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Whose members the person sees."),
    )

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "groups", "is_active"]
        field_classes = {"username": UsernameField}
        help_texts = {
            "username": _("What is typed to log in: letters, digits and @ . + - _"),
            "is_active": _(
                "Off for somebody who has left: logging in is over, what was done stays on record."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asks = self.request.user
        if "groups" not in self.fields:
            # Shown to somebody who may only look.
            return
        self.fields["groups"].queryset = roles_to_give(asks)  # type: ignore[attr-defined, arg-type]
        clubs = Club.objects.filter(pk__in=visible_club_ids(self.request))
        self.fields["clubs"].queryset = clubs  # type: ignore[attr-defined]
        # A login of no club would be out of sight of whoever is no superuser.
        self.fields["clubs"].required = not asks.is_superuser
        if self.instance.pk:
            self.initial["clubs"] = clubs.filter(staff=self.instance.pk)
        elif len(clubs) == 1:
            self.initial.setdefault("clubs", clubs)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        others = User.objects.exclude(pk=self.instance.pk)
        if others.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("Somebody logs in by this name already."))
        return username

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk == self.request.user.pk:
            for field in ("is_active", "is_superuser"):
                if field in self.changed_data:
                    self.add_error(
                        field, _("You would lock yourself out; somebody else can change this for you.")
                    )
        return cleaned

    def save(self, commit: bool = True) -> User:
        # Without it nobody gets past the login page.
        self.instance.is_staff = True
        return super().save(commit)

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        chosen = set(self.cleaned_data["clubs"])
        # From the club's side, whose history tells who works there.
        for club in self.fields["clubs"].queryset:  # type: ignore[attr-defined]
            is_staff = club.staff.filter(pk=self.instance.pk).exists()
            if club in chosen and not is_staff:
                club.staff.add(self.instance)
            elif is_staff and club not in chosen:
                club.staff.remove(self.instance)


class NewLoginForm(SetPasswordMixin, LoginForm):  # type: ignore[misc]
    password1, password2 = SetPasswordMixin.create_password_fields(
        label1=_("Password"), label2=_("Password again")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].required = False
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        self.fields["password1"].help_text = _(
            "Or leave both empty: you then get a link to hand over, by which the person chooses one."
        )
        self.fields["password2"].help_text = ""

    def clean(self) -> dict[str, Any]:
        if bool(self.cleaned_data.get("password1")) != bool(self.cleaned_data.get("password2")):
            self.add_error("password2", _("Type the password twice, or leave both empty."))
        self.validate_passwords()
        return super().clean()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self.validate_password_for_user(self.instance)

    def save(self, commit: bool = True) -> User:
        # Nothing typed sets a password that nobody can type.
        self.instance.set_password(self.cleaned_data["password1"] or None)
        return super().save(commit)


class PasswordForm(AdminPasswordChangeForm):
    """Two fields, without the choice of other ways to log in that there are none of."""

    usable_password = None


class ChosenPasswordForm(SetPasswordForm):
    """What a person fills in who came by a link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
