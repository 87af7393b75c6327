"""How text is compared: one folding for search, one for identity."""


def key(text: str | None) -> str:
    """Return the form under which genres, artists and e-mails are compared: trimmed, lower case."""
    return text.strip().lower() if text else ""
