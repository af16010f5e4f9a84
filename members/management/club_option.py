"""The `--club` option that commands share: it may be left out while there is only one club."""

from django.core.management import CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from members.models import Club


def add_club_option(parser: CommandParser) -> None:
    parser.add_argument(
        "--club", metavar="SLUG", help="The club's short name; may be left out while there is only one."
    )


def chosen_club(slug: str | None) -> Club:
    """The club of that short name, or the only one there is."""
    try:
        clubs = list(Club.objects.filter(slug=slug) if slug else Club.objects.all()[:2])
    except (OperationalError, ProgrammingError) as error:
        raise CommandError(
            f"The database cannot be read: {error}\nIf it is new: manage.py migrate. To look around: make demo",
            returncode=2,
        ) from None
    if len(clubs) == 1:
        return clubs[0]
    names = ", ".join(Club.objects.order_by("slug").values_list("slug", flat=True))
    if not names:
        problem = "There is no club yet. Create one in the admin, or try: manage.py loaddata members"
    elif slug:
        problem = f"There is no club “{slug}”. There is: {names}"
    else:
        problem = f"Say which club, with --club and one of: {names}"
    raise CommandError(problem, returncode=2)
