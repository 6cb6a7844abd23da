"""Takes over the chapters that version 1.0 kept in FILES_STORE itself, one book for all."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from dspguide.store.chapter_store import Record
from dspguide.store.folder_store import STATE, FolderStore
from dspguide.store.schema import read_as
from dspguide.urls import same_site

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)


def take_over(store: FolderStore, start_url: str) -> None:
    """Move the chapters of a site into its book's folder, which this run has locked.

    Chapters of other sites stay, as do files that no record names. Raises OSError.
    """
    old = store.folder.parent
    records = sorted((old / STATE).glob("*.pdf.json"))
    if not records or not (old / STATE / "lock").exists():
        return
    try:
        with FileLock(old / STATE / "lock", timeout=0):
            moved = sum(_move(store, path, start_url) for path in records)
    except Timeout:
        return  # a run of that version is under way
    if moved:
        logger.info("Took over %s chapters from %s.", moved, old)


def _move(store: FolderStore, path: Path, start_url: str) -> bool:
    record = read_as(Record, path)
    name = path.name.removesuffix(".json")
    file = store.folder.parent / name
    if record is None or not same_site(record.url, start_url) or not file.is_file():
        return False
    # The record follows its file, so that one without the other is fetched again.
    file.replace(store.file(name))
    path.replace(store.folder / STATE / path.name)
    for part in (f"{name}.part", f"{name}.part.json"):
        left = path.with_name(part)
        if left.is_file():
            left.replace(store.folder / STATE / part)
    return True
