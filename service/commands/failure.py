"""How a command fails: one clear sentence and an exit code."""

FAILED = 1
UNUSABLE = 2


class Failure(Exception):
    """A command could not do its work; ``code`` is 2 where what it was given is unusable."""

    def __init__(self, message: str, *, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def as_failure(error: Exception) -> Failure | None:
    """Return an expected error as a failure; None for what can only be a bug."""
    from pydantic import ValidationError
    from sqlalchemy.exc import SQLAlchemyError

    from service.db import is_away
    from service.errors import Problem
    from service.indexing.identity import NoIdentity
    from service.migrations.upgrade import SchemaRefused

    if isinstance(error, Failure):
        return error
    if isinstance(error, ValidationError) and error.title == "Settings":
        faults = (f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
        return Failure("; ".join(faults), code=UNUSABLE)
    if isinstance(error, SchemaRefused | NoIdentity):
        return Failure(str(error), code=UNUSABLE)
    if isinstance(error, Problem):
        return Failure(error.detail)
    if isinstance(error, SQLAlchemyError) and is_away(error):
        return Failure(f"The database cannot be reached: {getattr(error, 'orig', None) or error}")
    return None
