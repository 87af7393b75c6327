"""How a command fails: one clear sentence and an exit code."""

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from service.database import cause_of, is_unavailable
from service.errors import UNUSABLE, Failure, Problem
from service.indexing import NoIdentity
from service.migrations.upgrade import SchemaRefused


def as_failure(error: Exception) -> Failure | None:
    """Return an expected error as a failure; None for what can only be a bug."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, ValidationError) and error.title == "Settings":
        faults = (f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
        return Failure("; ".join(faults), code=UNUSABLE)
    if isinstance(error, SchemaRefused | NoIdentity):
        return Failure(str(error), code=UNUSABLE)
    if isinstance(error, Problem):
        return Failure(error.detail)
    if isinstance(error, SQLAlchemyError) and is_unavailable(error):
        return Failure(f"{cause_of(error)}: {getattr(error, 'orig', None) or error}")
    if isinstance(error, OSError) and error.strerror:
        return Failure(f"{_shown(error)}: {error.strerror.lower()}")
    return None


def _shown(error: OSError) -> str:
    """Return what the system refused to touch, so that it can be printed."""
    return str(error.filename or "The system").encode(errors="replace").decode()
