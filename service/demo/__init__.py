"""A catalogue and its listeners, invented by a seeded program."""

from service.demo.load import Demo, load_demo
from service.demo.vacancy import is_empty

__all__ = ["Demo", "is_empty", "load_demo"]
