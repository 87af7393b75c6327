"""A bar for a rebuild, on a terminal only."""
