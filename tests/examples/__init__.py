"""The walk-throughs of CONTRIBUTING.md, carried out."""
