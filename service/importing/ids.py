"""External ids, without what services and spreadsheets put around them."""

import re

from service.importing.values import MAX_EXTERNAL_ID, UNKNOWN, PassedOverError, RejectError, limited

_TRACK = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-[\w-]+/)?track/)(\w+)(?:[/?#].*)?",
    re.ASCII,
)
_OTHER_MEDIA = re.compile(
    r"(?:spotify:|https?://open\.spotify\.com/)(episode|show|audiobook|chapter)[:/].*", re.ASCII
)
_MEDIA = {
    "episode": "an episode, not a track",
    "show": "a show, not a track",
    "audiobook": "an audiobook, not a track",
    "chapter": "an audiobook, not a track",
}
_LOCAL = "spotify:local:"
_ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
_FORMULA = re.compile(r'="(.*)"')
_DECIMAL = re.compile(r"(\d+)\.0+", re.ASCII)
_ERRORS = frozenset({"#n/a", "#name?", "#ref!", "#value!", "#num!", "#null!", "#div/0!"})


def external_id(text: str, name: str = "external_id") -> str:
    """Return an id as it was before a spreadsheet or a table took it for a number; "" for none.

    Raises
    ------
    RejectError
        Of the id so much is lost that it cannot be told any more.
    """
    text = text.strip()
    if formula := _FORMULA.fullmatch(text):
        text = formula[1].strip()
    if text.lower() in UNKNOWN or text.lower() == "nan":
        return ""
    if _ROUNDED.fullmatch(text):
        raise RejectError(f"{name} is a number that a spreadsheet has rounded")
    if text.lower() in _ERRORS:
        raise RejectError(f"{name} is an error of a spreadsheet")
    if whole := _DECIMAL.fullmatch(text):
        text = whole[1]
    return limited(text, name, MAX_EXTERNAL_ID)


def track_id(text: str, name: str = "external_id") -> str:
    """Return the external id of a track; of an address at Spotify, the id in it."""
    text = external_id(text, name)
    if "spotify" not in text:
        return text
    if media := _OTHER_MEDIA.fullmatch(text):
        raise PassedOverError(_MEDIA[media[1]])
    if text.startswith(_LOCAL):
        return ""
    track = _TRACK.fullmatch(text)
    return track[1] if track else text
