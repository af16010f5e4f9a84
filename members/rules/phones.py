"""What a telephone number must look like, and whether anybody could be reached at it."""

import phonenumbers


def is_dialable(phone: str) -> bool:
    """Whether a network could connect this E.164 number, by the published numbering plans.

    +155555501 has the right shape but too few digits for its country: kept, and flagged by False.
    """
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return False
