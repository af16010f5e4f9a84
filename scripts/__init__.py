"""What the Makefile runs that is no command of Django's."""
