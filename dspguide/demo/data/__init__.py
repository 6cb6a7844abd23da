"""What the synthetic book consists of: titles and shape, words, the typesetter's template."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("chapter.typ")


@cache
def load(name: str) -> Any:
    """The content of one of the JSON files here."""
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))
