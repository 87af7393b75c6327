"""HTTP for all domains: routes, fields, paging, problem documents, overload and middleware."""

from service.http.authorization import authorize
from service.http.dependencies import live_index
from service.http.executor import in_thread, limiter_of
from service.http.fields import (
    EPOCH,
    MAX_ID,
    MAX_INT,
    MAX_LIST,
    Body,
    BodyId,
    Canonical,
    Limit,
    Offset,
    Parameters,
    PastMoment,
    RowId,
    Text,
    storable,
    utc_now,
)
from service.http.middleware import MAX_BODY, BodyLimit, BothSlashForms
from service.http.outermost import outermost
from service.http.overload import Overload
from service.http.paging import Paging, SortBy, is_sqlite, item_list, listing, order, total
from service.http.problem_details import ProblemDocument, document, install, problems
from service.http.replies import is_known, json_reply, one_or_many
from service.http.routes import ReadRoute, authorized
from service.http.shedding import SheddingProtocol
from service.http.warm_up import OWN, warm_up_app

__all__ = [
    "EPOCH",
    "MAX_BODY",
    "MAX_ID",
    "MAX_INT",
    "MAX_LIST",
    "OWN",
    "Body",
    "BodyId",
    "BodyLimit",
    "BothSlashForms",
    "Canonical",
    "Limit",
    "Offset",
    "Overload",
    "Paging",
    "Parameters",
    "PastMoment",
    "ProblemDocument",
    "ReadRoute",
    "RowId",
    "SheddingProtocol",
    "SortBy",
    "Text",
    "authorize",
    "authorized",
    "document",
    "in_thread",
    "install",
    "is_known",
    "is_sqlite",
    "item_list",
    "json_reply",
    "limiter_of",
    "listing",
    "live_index",
    "one_or_many",
    "order",
    "outermost",
    "problems",
    "storable",
    "total",
    "utc_now",
    "warm_up_app",
]
