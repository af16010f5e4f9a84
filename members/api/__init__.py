"""What the club's other systems tell and ask, over HTTP."""
