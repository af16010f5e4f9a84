"""What the club's other systems tell and ask about messages, over HTTP."""
