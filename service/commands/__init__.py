"""The subcommands of ``segue``, a module each.

Modules import what is heavy inside their functions, so that ``segue --help`` stays quick.
"""
