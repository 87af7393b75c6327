"""Segue over HTTP and SQL: the service around the index."""
