"""Which of a step's wordings a member gets: chosen once, and kept for good."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from automations.models.workflows import Step
from members.models import Member


class Variant(models.Model):
    """A row, where a number worked out of the member's would do as well, since shares may be edited later: whoever has had
    one wording must not be moved to another by that, or the two could not be compared.
    """

    step = models.ForeignKey(Step, on_delete=models.CASCADE, db_index=False, related_name="variants")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    letter = models.CharField(max_length=1, help_text=_("A is the first wording."))
    chosen_at = models.DateTimeField(_("chosen"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "member"], name="variant_once_per_member")]

    def __str__(self) -> str:
        return f"{self.member}: {self.letter}"
