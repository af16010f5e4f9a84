"""Taking an address off the suppression list, where a person may decide that."""

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Suppression

Cause = Suppression.Cause
LIFTABLE = frozenset({Cause.BOUNCED, Cause.BY_HAND})
"""A mailbox may be mended, and staff may have erred. Who said STOP or marked us as spam has decided that themselves."""


class NotLifted(Exception):
    """Says why, in a sentence for the person."""


@transaction.atomic
def lift_suppression(*, suppression_id: int) -> Suppression:
    """The row that was taken off; raises NotLifted where it may not be, or is not there any more."""
    entry = Suppression.objects.select_for_update().filter(pk=suppression_id).first()
    if entry is None:
        raise NotLifted(_("It is off the list already."))
    if entry.cause == Cause.OPTED_OUT:
        raise NotLifted(_("Only the member can change that: by texting START."))
    if entry.cause == Cause.COMPLAINED:
        raise NotLifted(_("The member marked us as spam. Nobody writes to this address any more."))
    Suppression.objects.filter(pk=entry.pk).delete()
    return entry
