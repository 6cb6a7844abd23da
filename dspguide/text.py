"""Text of others, made fit to be shown."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(://[^/@:\s'\"]*):(?!\d+(?:/|$))([^/@\s'\"]+)@")
_WEB_USER = re.compile(r"(https?://)[^/?#@\s'\"]+@", re.IGNORECASE)
# Of C0 and C1 all but tab and line feed; and what turns the direction of a line.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return a text without what a terminal would take for a command, and without passwords."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return _WEB_USER.sub(r"\1***@", _PASSWORD.sub(r"\1:***@", text))
