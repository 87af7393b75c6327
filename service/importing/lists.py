"""A cell that holds several values: separated ones, and lists as programs write them."""

import ast
import csv
import re
import warnings
from collections.abc import Iterator
from typing import Any

import orjson

from service.importing.values import RejectError

_EMPTY = frozenset({"[]", "()", "{}", "set()", "list()", "tuple()", "frozenset()", "array([])"})
_CALL = re.compile(
    r"(?:frozenset|set|list|tuple|(?:np\.|numpy\.)?array)\((.*?)(?:,\s*dtype=[^()]*)?\)", re.DOTALL
)
"""A collection as Python shows it, such as ``array(['a'], dtype=object)``."""
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_BEGINS_LIST = re.compile(r"""[\[({]\s*(?:[ub]?["'{\[]|(?:None|null|nan)\s*[,\])}])""")
_ITEM = re.compile(
    r"""\s*(?:[ub]?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|None|null|nan)\s*(?:,|(?=["'])|$)""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_NAME_KEYS = ("name", "artist_name", "artist", "genre", "title")
_JOINED_BY_COMMA = re.compile(r",(?! )")
_ENDS_NAME = re.compile(r"(?:the|and|&)\s|.*(?:\s&\s|\sand\s)", re.IGNORECASE)
"""What follows a comma within one name, as in "Earth, Wind & Fire"."""


def listed(text: str) -> list[str] | None:
    """Return the texts of a list literal of Python, NumPy, JSON or PostgreSQL; None if it is none.

    Raises
    ------
    RejectError
        The text begins like a list and cannot be read as one.
    """
    text = text.strip()
    if text in _EMPTY:
        return []
    if call := _CALL.fullmatch(text):
        text = call[1].strip()
    if text[:1] not in _CLOSING:
        return None
    if _BEGINS_LIST.match(text) and (text[0] != "(" or text[-1] == ")"):
        return _literal(text)
    if text[-1:] != _CLOSING[text[0]] or text[0] == "(" or "," not in text:
        return None
    parts = [_unquoted(part) for part in text[1:-1].split(",") if part.strip()]
    if all(part.replace(".", "").isdigit() for part in parts):
        raise RejectError("a list holds something other than names")
    return parts


def names(text: str) -> list[str]:
    """Return the trimmed, non-empty names of a cell: a list literal, or separated by ``;``."""
    if text[:1].isalnum() and ";" not in text and text[-1:] != ")":  # most cells
        return [text.strip()]
    found = listed(text)
    parts = (
        part.strip() for one in (found if found is not None else [text]) for part in one.split(";")
    )
    return [part for part in parts if part]


def only(text: str) -> str:
    """Return a title as it is, or the only one of a list literal."""
    text = text.strip()
    if text[:2] not in ("['", '["') or text[-1] != "]":
        return text
    found = listed(text)
    return found[0] if found is not None and len(found) == 1 else text


def genre_names(text: str) -> list[str]:
    """Return the genres of a cell: as `names` does, or separated by ``,`` or ``|``."""
    stripped = text.strip()
    if stripped[:1] == "[" and stripped[-1:] == "]" and listed(stripped) is None:
        return names(stripped[1:-1])
    if listed(text) is not None or ";" in text:
        return names(text)
    if "|" in text:
        return [part.strip() for part in text.split("|") if part.strip()]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    one_name = any(_ENDS_NAME.match(part) and not part[0].isalnum() for part in parts[1:])
    return names(text) if one_name else parts


def credited(text: str, count: int | None) -> list[str]:
    """Return the artists of a cell whose column is known to hold several.

    Parameters
    ----------
    text
        Names that are joined by semicolons or commas. A name may hold a comma itself.
    count
        How many they are, None where the file does not say.
    """
    if ";" in text or listed(text) is not None:
        return names(text)
    if count is not None:
        for separator in (", ", ","):
            parts = [part.strip() for part in text.split(separator)]
            if len(parts) == count and all(parts):
                return parts
        return names(text)
    if _JOINED_BY_COMMA.search(text):
        return [part.strip() for part in _JOINED_BY_COMMA.split(text) if part.strip()]
    parts = [part.strip() for part in text.split(", ") if part.strip()]
    return names(text) if any(_ENDS_NAME.match(part) for part in parts[1:]) else parts


def _literal(text: str) -> list[str]:
    try:
        found = list(_texts(orjson.loads(text)))
    except RecursionError:
        raise RejectError("a list is nested too deeply") from None
    except ValueError:
        quoted = _quoted(text) if text[-1] == _CLOSING[text[0]] else None
        found = _python_or_array(text) if quoted is None else quoted
    if any("\0" in each for each in found):
        raise RejectError("a name of a list holds a NUL character")
    return found


def _python_or_array(text: str) -> list[str]:
    try:
        return list(_texts(_python(text)))
    except RecursionError:
        raise RejectError("a list is nested too deeply") from None
    except RejectError:
        if text[0] != "{" or text[-1] != "}" or ":" in text:
            raise
        return _array(text[1:-1])


def _array(inner: str) -> list[str]:
    """Return the elements of an array of PostgreSQL, some of which are quoted."""
    try:
        return next(csv.reader([inner], skipinitialspace=True, escapechar="\\"), [])
    except csv.Error:
        raise RejectError("a list cannot be read") from None


def _python(text: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise RejectError("a list cannot be read") from None


def _quoted(text: str) -> list[str] | None:
    """Return quoted strings with or without commas between them; None if it holds other things.

    Python joins strings without a comma between them; NumPy writes arrays so.
    """
    inner, at, found = text[1:-1].strip(), 0, []
    while at < len(inner):
        item = _ITEM.match(inner, at)
        if item is None:
            return None
        if item[1] is not None:
            found.append(_ESCAPE.sub(_unescaped, item[1][1:-1]))
        at = item.end()
    return found


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) == 1:
        return {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)
    letter = chr(int(code[1:], 16))
    return "\N{REPLACEMENT CHARACTER}" if "\ud800" <= letter <= "\udfff" else letter


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a list, or of the objects in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(next((value[key] for key in _NAME_KEYS if key in value), 0))
    elif isinstance(value, (list, tuple, set)):
        for each in value:
            yield from _texts(each)
    elif value is not None:
        raise RejectError("a list holds something other than names")


def _unquoted(part: str) -> str:
    part = part.strip()
    return part[1:-1] if len(part) > 1 and part[0] == part[-1] and part[0] in "\"'" else part
