"""In-app messages: they have arrived once they are stored, which is where the member's own page finds them."""

from messaging.channels.envelopes import Envelope, Outcome, Sent


class InAppTransport:
    """The words are kept before a transport is asked, so there is nothing left to do, and nothing that could fail."""

    def send(self, envelope: Envelope) -> Outcome:
        return Sent(f"in-app-{envelope.message_id}")
