"""Pure numerics of Segue: features, vectors, snapshots, scoring and ranking.

Nothing in here knows HTTP, SQL or settings; its only I/O is snapshot files.
"""
