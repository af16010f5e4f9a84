"""Tags: words that a club sticks on its members, by hand or by a workflow."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member
from members.models.natural_keys import ByNameInClub, NamedInClub


class Tag(NamedInClub):
    named_by = "name"

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="tags")
    name = models.CharField(max_length=50)
    members = models.ManyToManyField(Member, through="MemberTag", related_name="tags")

    objects = ByNameInClub["Tag"]()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                "club",
                Lower("name"),
                name="tag_name_unique_in_club",
                violation_error_message=_("This club has a tag of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class MemberTag(models.Model):
    """That a member bears a tag; once, however often it is stuck on."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="member_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, db_index=False, related_name="member_tags")
    tagged_at = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["tag__name"]
        constraints = [
            models.UniqueConstraint(fields=["member", "tag"], name="member_tag_once"),
        ]
        indexes = [models.Index(fields=["tag", "member"], name="member_tag_by_tag")]

    def __str__(self) -> str:
        return f"{self.member}: {self.tag}"
