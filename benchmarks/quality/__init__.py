"""How good lists are, and whether explanations add up."""
