"""What fails, and what goes on meanwhile."""
