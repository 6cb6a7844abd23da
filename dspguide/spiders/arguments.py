"""Reads what a user types after -a: URL and flags."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from dspguide.errors import BadArgumentError

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


def parse_flag(name: str, value: str | bool) -> bool:
    """Read a yes-or-no argument. Raises BadArgumentError for anything else."""
    flag = value if isinstance(value, bool) else _FLAGS.get(value.strip().lower())
    if flag is None:
        raise BadArgumentError(f"{name}={value}: write {name}=1 or {name}=0")
    return flag


def parse_url(value: str) -> str:
    """Check the start URL. Raises BadArgumentError where Scrapy could not ask for it."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        valid = valid and not re.search(r"\s", parts.netloc)
    except ValueError:
        valid = False
    if valid and "@" in parts.netloc:  # Scrapy sends no request to such hosts
        raise BadArgumentError("url: leave out the user's name and password, which are of no use")
    if not valid:
        raise BadArgumentError(
            f"url={value}: give the start page of the book's site as http://… or https://…"
        )
    return value
