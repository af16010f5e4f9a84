"""The message log in files."""
