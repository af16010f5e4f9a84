"""The words and how they travel: templates, consent, gates, the outbox, channels and what became of each message."""
