"""Measurements: speed is never stated without quality."""
