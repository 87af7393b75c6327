"""The one place that every request passes and where access is decided."""

from fastapi import Request


async def authorize(request: Request) -> None:
    """Decide whether a request may go on.

    There are no accounts yet, so everybody may do everything, and Segue listens on loopback only.
    A refusal is a `service.errors.Problem` raised here.
    """
