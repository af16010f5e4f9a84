"""What comes in: a provider's notices of messages that left, and members' answers."""
