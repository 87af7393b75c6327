"""The listeners."""

from service.users.crud import UNKNOWN
from service.users.email_keys import fill_email_keys, mend_email_keys

__all__ = ["UNKNOWN", "fill_email_keys", "mend_email_keys"]
