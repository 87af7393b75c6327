"""How good lists are: splits of a history, figures, plain methods to compare with, and tests."""
