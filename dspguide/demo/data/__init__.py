"""What the synthetic book consists of: its shape and titles, words, templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
BOOK: Any = json.loads((FOLDER / "book.json").read_text("utf-8"))
PROSE: Any = json.loads((FOLDER / "prose.json").read_text("utf-8"))
