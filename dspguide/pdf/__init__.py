"""One good PDF from a list of chapter files.

Knows nothing of where the files come from. ``prepare`` reads, checks and cleans one chapter,
``Binder`` binds prepared chapters in order, ``bind_files`` does both; ``Bindery`` does them in
worker processes. Importing this package loads no PDF library, names are resolved on first use: that
saves 0.25 s of a program's start, pypdf, pikepdf and pypdfium2 together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dspguide.pdf.errors import REASONS, BindingError, PdfError, RejectedChapter
from dspguide.pdf.model import (
    BindResult,
    BookPlan,
    ChapterFacts,
    ChapterPlan,
    FoundSection,
    Limits,
    PreparedChapter,
    PreparedSummary,
    SectionFacts,
)

if TYPE_CHECKING:
    from dspguide.pdf.output.binder import Binder
    from dspguide.pdf.preparation import bind_files, prepare
    from dspguide.pdf.workers.bindery import Bindery

_LAZY = {
    "Binder": "output.binder",
    "bind_files": "preparation",
    "prepare": "preparation",
    "Bindery": "workers.bindery",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)


__all__ = [
    "REASONS",
    "BindResult",
    "Binder",
    "Bindery",
    "BindingError",
    "BookPlan",
    "ChapterFacts",
    "ChapterPlan",
    "FoundSection",
    "Limits",
    "PdfError",
    "PreparedChapter",
    "PreparedSummary",
    "RejectedChapter",
    "SectionFacts",
    "bind_files",
    "prepare",
]
