"""Errors of the PDF side."""

from __future__ import annotations


class PdfError(Exception):
    """Base of everything that the PDF side raises on purpose."""


class RejectedChapter(PdfError):  # noqa: N818 - says what happened to the chapter
    """Raised when a chapter's file cannot go into the book, by prepare().

    ``reason`` is one short word for counting, see REASONS; ``detail`` is a sentence for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        # Both go to the base class, so that the error survives pickling.
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class BindingError(PdfError):
    """Raised by Binder and Bindery when they are used out of order, or cannot write the book."""


#: Every value of RejectedChapter.reason, with its meaning.
REASONS = {
    "empty": "the file has no bytes",
    "not-pdf": "the file is something else than a PDF",
    "password": "the file can only be read with a password",
    "no-pages": "the file has no pages",
    "cycle": "the page tree leads back into itself",
    "damaged": "the file, or a stream in it, cannot be read even after repair",
    "too-big": "reading the file would take more memory or objects than a chapter may",
    "too-slow": "reading the file takes longer than a chapter may",
    "other-chapter": "the first page says that it is another chapter",
    "repaired": "the file is damaged; it was to be accepted only without repair",
    "crashed": "the process that read the file died of it",
}
