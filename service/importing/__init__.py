"""Bulk imports of tracks and interactions from CSV files."""
