"""Ready-made envelopes."""

from typing import Any

from messaging.channels.envelopes import Envelope

SMS = Envelope(
    message_id=42,
    first_name="John",
    channel="sms",
    address="+41791234567",
    subject="",
    text="Hey John, we missed you last week! Book your next class here 📌 https://book.example/",
    html="",
    from_name="Iron Gym",
    from_email="hello@iron.example",
    sms_sender="IRONGYM",
    unsubscribe_url="https://rollcall.example/u/1.sms.abc",
)
EMAIL = Envelope(
    message_id=43,
    first_name="John",
    channel="email",
    address="john@mail.example",
    subject="We missed you, John",
    text="Hey John, we missed you.",
    html="<p>Hey John, we <b>missed</b> you.</p>",
    from_name="Iron Gym",
    from_email="hello@iron.example",
    sms_sender="IRONGYM",
    unsubscribe_url="https://rollcall.example/u/1.email.abc",
)

# Names that break headers, files and pages when nobody looks.
HOSTILE_NAMES: list[Any] = [
    "Anna\r\nBcc: everyone@mail.example",
    'Zoë "The Rock" <Gym>, & Söhne',
    "O'Brien; a@b.example",
    "مريم",
    "🏋️‍♀️ Ana",
]
