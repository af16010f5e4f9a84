"""Whose login a person may make or change, and which roles she may give: never more than she has herself."""

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Exists, OuterRef, Q, QuerySet

from members.models import Club


def rights_of(person: User) -> QuerySet[Permission]:
    """Given by a role or to the person alone, also while the login is switched off."""
    return Permission.objects.filter(Q(user=person) | Q(group__user=person)).order_by()


def roles_to_give(person: User) -> QuerySet[Group]:
    """The roles that hold nothing which this person may not do."""
    roles = Group.objects.order_by("name")
    return roles if person.is_superuser else roles.exclude(permissions__in=_beyond(person))


def logins_of(person: User) -> QuerySet[User]:
    """The logins that this person may manage: those of her own clubs alone that may not do more than she may.

    Whoever can set a password can act as its owner, so one right or one club too many keeps a login out.
    """
    if person.is_superuser:
        return User.objects.all()
    own = Club.objects.visible_to(person)
    works = Club.staff.through.objects.filter(user=OuterRef("pk")).order_by()
    return User.objects.filter(
        Exists(works),
        ~Exists(works.exclude(club__in=own.order_by().values("pk"))),
        ~Exists(Group.objects.filter(user=OuterRef("pk"), permissions__in=_beyond(person)).order_by()),
        ~Exists(
            User.user_permissions.through.objects.filter(
                user=OuterRef("pk"), permission__in=_beyond(person)
            ).order_by()
        ),
        is_superuser=False,
    )


def _beyond(person: User) -> QuerySet[Permission]:
    return Permission.objects.exclude(pk__in=rights_of(person).values("pk")).order_by().values("pk")  # type: ignore[return-value]
