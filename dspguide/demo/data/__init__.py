"""What the synthetic book consists of: its shape and titles, words, templates."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def load(name: str) -> Any:
    """The content of one of the JSON files here."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
