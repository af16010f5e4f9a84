"""The log out to files."""
