"""Staff sign a member out of their own page everywhere, as when a phone was lost."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.admin.actions import MemberAction, MemberActionForm, add_member_action
from members.models import Member
from messaging.models import MemberSession
from messaging.operations.member_sessions import lock_out


class SignOut(MemberAction):
    name, icon, permission = "sign-out", "logout", "messaging.delete_membersession"
    place = 8
    label, button = gettext_lazy("Sign out everywhere"), gettext_lazy("Sign out")

    def is_offered(self, member: Member) -> bool:
        return MemberSession.objects.filter(member=member, expires_at__gt=timezone.now()).exists()

    def question(self, member: Member) -> str:
        return _("Sign %(name)s out everywhere?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _(
            "Their own page closes in every browser and app, and a password that they chose is forgotten. A link by e-mail or "
            "text lets them in again."
        )

    def do(self, form: MemberActionForm) -> str:
        if not (number := lock_out(member=form.member)):
            raise ValidationError(_("They were not signed in anywhere."))
        return _("Signed out. Places where they were signed in: %(number)s.") % {"number": number}


add_member_action(SignOut())
