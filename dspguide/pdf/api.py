"""Binding a list of files in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dspguide.pdf.output.binder import Binder
from dspguide.pdf.preparation import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dspguide.pdf.model import BindResult, BookPlan, Limits


def bind_files(
    plan: BookPlan, files: Sequence[Path], path: Path, *, limits: Limits | None = None
) -> BindResult:
    """Prepare and bind ``files``, one per chapter of the plan, into ``path``.

    Works in this process, one file after the other; Bindery does it in parallel.
    """
    binder = Binder(plan)
    for position, (chapter, file) in enumerate(zip(plan.chapters, files, strict=True)):
        binder.append(
            prepare(file, chapter, position, limits=limits, find_references=plan.link_references)
        )
    return binder.finish(path)
