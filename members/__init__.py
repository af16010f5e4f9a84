"""The facts: who people are, when they came, when the club was shut, and what staff still have to do."""
