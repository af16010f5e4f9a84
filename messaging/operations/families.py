"""One message for a family: of those of a club who share a phone or an address, one gets what a step sends to all of them.

Who it is, is settled where the message leaves and not when it is planned, so that somebody whom another gate stops takes
it from nobody; and by a row that can be there only once, so that two workers never let two of them through.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from members.models import Club, Member
from messaging.gates.address import ADDRESS_FIELD
from messaging.models import AddressTurn, Category, Channel, Message, MessageTemplate

SHARED = "shared_address"
"""Why it was skipped: somebody else with the same phone or address got the one message."""


def address_keys(
    members: Collection[Member], template: MessageTemplate, *, cause: str, club: Club, now: dt.datetime
) -> dict[int, str]:
    """By member, for those who share their address with somebody of the club, what names this address, cause and day.

    None for what each member has to be told, such as each one's own booking. One query.
    """
    channel = Channel(template.channel)
    if template.category == Category.SERVICE or channel == Channel.IN_APP or not members:
        return {}
    field = ADDRESS_FIELD[channel]
    other = Member.objects.filter(club=club.pk).exclude(pk=OuterRef("pk"))
    if channel == Channel.EMAIL:
        other = other.annotate(address=Lower(field)).filter(address=Lower(OuterRef(field))).exclude(email="")
    else:
        other = other.filter(phone=OuterRef(field)).exclude(phone="")
    sharing = Member.objects.filter(Exists(other), ~Q(**{field: ""}), pk__in=[one.pk for one in members])
    day = club.today(now).isoformat()
    return {
        pk: hashlib.sha256(f"{club.pk}:{channel}:{address.lower()}:{cause}:{day}".encode()).hexdigest()
        for pk, address in sharing.values_list("pk", field)
    }


def take_turns(messages: Sequence[Message], now: dt.datetime) -> set[int]:
    """Of these, which are about to leave together, those for whose address another one has the turn, by id.

    To be committed before any of the others leaves. Two queries if any address is shared, else none.
    """
    asking = [message for message in messages if message.address_key]
    if not asking:
        return set()
    # In one order for all workers, so that two never wait for each other; of a family, whom the club has known longest.
    AddressTurn.objects.bulk_create(
        [
            AddressTurn(key=message.address_key, message=message, taken_at=now)
            for message in sorted(asking, key=lambda message: (message.address_key, message.member_id))
        ],
        ignore_conflicts=True,
    )
    turns = AddressTurn.objects.filter(key__in={message.address_key for message in asking})
    holders = dict(turns.values_list("key", "message"))
    return {message.pk for message in asking if holders[message.address_key] != message.pk}


def who_got_it(messages: Iterable[Message]) -> dict[int, Member]:
    """Of those messages that were skipped for it, by id, the member whose message it is; one query if there are any."""
    keys = {message.pk: message.address_key for message in messages if message.reason == SHARED}
    if not keys:
        return {}
    turns = AddressTurn.objects.filter(key__in=set(keys.values())).select_related("message__member")
    members = {turn.key: turn.message.member for turn in turns}
    return {pk: members[key] for pk, key in keys.items() if key in members}
