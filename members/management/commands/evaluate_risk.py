"""`evaluate_risk [--club SLUG]`: how well the retention risk would have foretold the lapses of the last 90 days."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from members.management.club_option import add_club_option, chosen_club
from members.models import Club
from members.reports.risk_evaluation import FEWEST, Evaluation, evaluate_risk
from members.rules.wording import day_in_words


class Command(BaseCommand):
    help = "Sets the retention risk of 90 days ago against who lapsed since: AUC, and the share who lapsed by score."

    def add_arguments(self, parser: CommandParser) -> None:
        add_club_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        for club in [chosen_club(options["club"])] if options["club"] else Club.objects.order_by("name"):
            self._tell(club, evaluate_risk(club, now))

    def _tell(self, club: Club, found: Evaluation) -> None:
        day = day_in_words(club.today(found.as_of), club.locale)
        judged = found.lapsed + found.stayed
        self.stdout.write(
            f"{club}: {judged:,} members judged as of {day}, of whom {found.lapsed:,} lapsed since."
        )
        if found.auc is None or found.auc_of_gap is None:
            self.stdout.write(f"Too few to tell: it takes {FEWEST} who lapsed and {FEWEST} who stayed.\n\n")
            return
        self.stdout.write(
            "Lapsed: has canceled, or did not come in the last 60 days.\n"
            f"AUC {found.auc:.2f} (0.5 is chance, 1 is perfect). The days since the last visit alone: {found.auc_of_gap:.2f}.\n\n"
            "score       members  mean score  lapsed"
        )
        for tenth in found.tenths:
            self.stdout.write(
                f"{tenth.begins:.1f} to {tenth.begins + 0.1:.1f}  {tenth.members:>7,}  {tenth.mean_score:>10.2f}"
                f"  {tenth.lapsed_share:>6.0%}"
            )
        self.stdout.write("")
