"""Who is left out of a workflow to see who would come back by themselves."""

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import MD5, Cast, Concat, Substr
from django.db.models.lookups import LessThan

from automations.models import Workflow

PLACES = 16**4


def in_control(workflow: Workflow, percent: int) -> Q:
    """Of members: so many of a hundred, for each workflow others and always the same; a larger share keeps the smaller one's.

    A member's place is the beginning of a hash of their key and the workflow's, so that nothing has to be stored and
    nothing about the members decides it.
    """
    named = Concat(Cast(F("pk"), CharField()), Value(f":{workflow.pk}"), output_field=CharField())
    place = Substr(MD5(named), 1, 4)
    return Q(LessThan(place, Value(f"{min(PLACES * percent // 100, PLACES - 1):04x}")))
