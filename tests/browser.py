"""Opens a page in a real headless browser, and keeps what it complains about."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

# Without these, Chromium looks for hosts of its maker at every start.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Opened:
    """A page in a browser, what it asked for, and what it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def violations(self) -> list[str]:
        """Return what axe finds wrong with the page for people with disabilities."""
        script = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        self.page.evaluate(script)
        found: dict[str, Any] = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']})"
        )
        return [
            f"{violation['id']}: {json.dumps([node['html'] for node in violation['nodes']])}"
            for violation in found["violations"]
        ]


class Browser:
    """Chromium, until it is closed."""

    def __init__(self, program: str) -> None:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # as a browser is there

        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(
            executable_path=program, args=list(_FLAGS)
        )

    def close(self) -> None:
        self._chromium.close()
        self._playwright.stop()

    @contextmanager
    def open(
        self, path: Path, *, scheme: Literal["light", "dark"] = "light", width: int = 1200
    ) -> Iterator[Opened]:
        """Open a file in a window so wide, for a person who likes it light or dark."""
        page = self._chromium.new_page(
            color_scheme=scheme, viewport={"width": width, "height": 800}
        )
        opened = Opened(page)
        page.goto(path.as_uri())
        yield opened
        page.close()


def start_browser() -> Browser:
    """Start Chromium; skips the test where there is none (the variable CHROMIUM names another)."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip(f"no browser here: none of {', '.join(_NAMES)} is installed")
    return Browser(program)
