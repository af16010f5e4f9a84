"""A segment: conditions kept under a name, to be used by workflows, other segments and the list of members."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.models import Club
from members.models.natural_keys import ByNameInClub, NamedInClub


class Segment(NamedInClub):
    """Who is in it is asked anew each time; nothing is stored of that."""

    named_by = "slug"

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="segments")
    slug = models.SlugField(help_text=_("Workflows name it by this. It cannot be changed later."))
    name = models.CharField(max_length=100)
    conditions = models.JSONField(_("who is in it"), default=dict)

    history = HistoricalRecords()
    objects = ByNameInClub["Segment"]()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "slug"],
                name="segment_slug_unique_in_club",
                violation_error_message=_("This club has a segment with this short name."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse conditions that cannot be asked, none at all, and those that use the segment itself."""
        from automations.conditions import refuse_unfit

        if not self.club_id:
            return
        if not self.conditions:
            raise ValidationError({"conditions": _("Say who is in it.")})
        refuse_unfit(self.conditions, self.club, segment=self.slug)
