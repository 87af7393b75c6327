"""A catalogue and its listeners, invented by a seeded program."""
