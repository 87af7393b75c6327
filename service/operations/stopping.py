"""Whether this process is about to stop: it says that it is not ready, and goes on answering."""

import threading

is_stopping = threading.Event()
"""Set once and for all."""
