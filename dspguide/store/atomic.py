"""JSON files that are there as a whole or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file at one stroke. Raises OSError, which names the file."""
    new = stage_json(path, value)
    try:
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


def stage_json(path: Path, value: Any) -> Path:
    """Write a JSON file beside its place, to be renamed there: what needs room on the disk is done.

    Raises OSError, which names the file.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        if not new.is_dir():
            new.unlink(missing_ok=True)
        # A write that fails, unlike an open, does not say of which file.
        raise OSError(error.errno, error.strerror, str(path)) from error
    return new
