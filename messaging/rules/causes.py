"""What names the staff tasks that hold words of a message or an answer, so that these are found when the words go."""

AWAY = "away:"
"""Before the number of the answer."""
CARD = "in_person:"
"""Before the number of the message that is said in person instead."""
