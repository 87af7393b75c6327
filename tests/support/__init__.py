"""Servers, databases, processes and clients that tests and benchmarks share."""
