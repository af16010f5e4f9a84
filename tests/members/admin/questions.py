"""Answering the questions of a member's page as a browser would."""

from django.urls import reverse


def address(name, member):
    return reverse("admin:members_member_action", args=[member.pk, name])


def answer_to(name, client, member, **changes):
    """What the browser would send from the question as it stands, with these changes."""
    asked = client.get(
        address(name, member) + (f"?visit={visit.pk}" if (visit := member.visits.first()) else "")
    )
    form = asked.context["form"]
    return {field.name: value for field in form if (value := field.value()) is not None} | changes
