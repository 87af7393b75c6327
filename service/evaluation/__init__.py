"""Replays of histories: what would have been recommended, and what was listened to then."""
