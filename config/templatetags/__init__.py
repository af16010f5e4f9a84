"""What the templates ask of the shell around all pages."""
