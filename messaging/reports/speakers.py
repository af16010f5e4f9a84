"""How many members of a club speak each language, for whoever decides in which a message is worth writing."""

from django.db.models import Count

from members.models import Club, Member, MembershipStatus


def speakers(club: Club) -> dict[str, int]:
    """By language, of those who have not canceled; whoever names none speaks the club's. One query."""
    members = Member.objects.filter(club=club, erased_at=None).exclude(
        membership_status=MembershipStatus.CANCELED
    )
    found: dict[str, int] = {}
    for language, number in members.order_by().values_list("language").annotate(Count("pk")):
        spoken = language or club.language
        found[spoken] = found.get(spoken, 0) + number
    return found
