"""The rankers of personal lists by name, and the two that a list is drafted from, if it is."""

LETTERS = {"hybrid": "h", "audio": "a"}
"""What an id calls a ranker: letters are added, never changed."""
NAMES = {letter: name for name, letter in LETTERS.items()}
