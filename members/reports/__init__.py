"""Facts told in sentences."""
