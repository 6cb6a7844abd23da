"""Reads what a user types after -a: URL and flags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from dspguide.errors import BadArgumentError
from dspguide.spiders.selection import Selection

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


@dataclass
class RunArguments:
    """What a user asked of one run; what makes no sense is in `error`, and counts as not said."""

    url: str
    selection: Selection | None = None
    dry_run: bool = False
    offline: bool = False
    error: str | None = None

    @classmethod
    def read(
        cls,
        start_url: str,
        *,
        url: str | None,
        chapters: str | None,
        dry_run: str | bool,
        offline: str | bool,
    ) -> RunArguments:
        """Read the arguments of a spider whose start page is `start_url`, "" where it has none."""
        run = cls(start_url)
        try:
            run.dry_run = parse_flag("dry_run", dry_run)
            run.offline = parse_flag("offline", offline)
            run.selection = Selection.parse(chapters) if chapters else None
            if url is None and not (start_url or run.offline):
                raise BadArgumentError("url: give the book's start page, -a url=https://…")  # noqa: TRY301  # noted like the others
            run.url = start_url if url is None else parse_url(url)
        except BadArgumentError as error:
            run.error = str(error)
        return run
