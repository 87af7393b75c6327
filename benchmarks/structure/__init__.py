"""Measurements of the code itself: rooms, imports, and the files that a trip through it opens."""
