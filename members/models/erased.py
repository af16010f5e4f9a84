"""That somebody was erased on request: enough to know her ID again if it comes back, and nothing to know her by."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member


class ErasedMember(models.Model):
    """`digest` is keyed: without the installation's SECRET_KEY nobody can try out which ID it was."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, db_index=False, related_name="erased_members")
    member = models.OneToOneField(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="erasure",
        help_text=_("What is left: a row without a name, on which counts rest."),
    )
    digest = models.CharField(max_length=64, editable=False)
    erased_at = models.DateTimeField(_("erased"), editable=False)
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
    )
    may_return = models.BooleanField(
        _("may come again"),
        default=False,
        editable=False,
        help_text=_("Whether an import may bring a member of the same ID again."),
    )

    class Meta:
        verbose_name = _("erased member")
        ordering = ["-id"]
        indexes = [models.Index(fields=["club", "digest"], name="erased_member_digest")]

    def __str__(self) -> str:
        return str(_("Erased member %(number)s") % {"number": self.pk})
