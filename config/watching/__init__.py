"""What tells from outside whether Rollcall is well: probes, figures, and the lines of its log."""
