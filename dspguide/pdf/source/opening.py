"""Opening a chapter's file with qpdf, which repairs what can be repaired."""

from __future__ import annotations

import mmap
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
from pikepdf import settings

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.source.as_written import as_written
from dspguide.pdf.source.lost_objects import lost_objects
from dspguide.pdf.source.page_tree import pages_of

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from dspguide.pdf.model import Limits

_SIGNATURE_WITHIN = 1024  # bytes: PDF 32000-1, annex H, implementation note 13
_WARNINGS_KEPT = 3
_NO_PAGES = "the file has no pages that can be read"
_OBJECT = re.compile(rb"endobj")
#: What qpdf remarks on in files that are whole, written by programs with views of their own.
_REMARKS = re.compile(
    r"Resources is missing or invalid|appears more than once in the pages tree|linearization|hint"
)


@dataclass
class OpenedChapter:
    """A chapter that qpdf could open, and what it had to repair for that.

    ``data`` are the file's bytes, gone with close().
    """

    data: bytes | mmap.mmap
    pdf: pikepdf.Pdf
    pages: list[pikepdf.Dictionary]
    repairs: list[str]
    _files: ExitStack = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._files.close()

    def has_lost_contents(self, page: pikepdf.Dictionary) -> bool:
        """Whether a page without content had some before the file broke.

        qpdf does not tell a key that was never there from one whose value is lost.
        """
        if not self.repairs:
            return False
        written = as_written(self.pdf, self.data, page.objgen)
        return written is None or b"/Contents" in written


def open_chapter(source: Path | bytes, limits: Limits) -> OpenedChapter:
    """Open a file, which is mapped rather than read: it may be large, and not all of it is looked
    at. Mapping takes 3 % off the time of preparing a chapter, too.

    Raises RejectedChapter, OSError.
    """
    with ExitStack() as files:
        data = source if isinstance(source, bytes) else _mapped(source, files)
        _check_bytes(data, limits)
        _limit_qpdf(limits)
        try:
            pdf = pikepdf.open(
                BytesIO(source) if isinstance(source, bytes) else source, suppress_warnings=True
            )
        except pikepdf.PasswordError as error:
            raise RejectedChapter("password", "the file needs a password") from error
        except (pikepdf.PdfError, pikepdf.PikepdfError, ValueError, RuntimeError) as error:
            raise _refusal(_short(error, source)) from error
        files.enter_context(pdf)
        pages = pages_of(pdf, limits)
        found = [_short(text, source) for text in pdf.get_warnings()]
        repairs = [text for text in found if not _REMARKS.search(text)]
        if not pages:
            raise RejectedChapter("no-pages", _NO_PAGES)
        _check_complete(repairs)
        if repairs and (lost := lost_objects(pdf, data)):
            raise RejectedChapter("damaged", f"{lost} of the file's objects are lost")
        return OpenedChapter(data, pdf, pages, repairs[:_WARNINGS_KEPT], files.pop_all())


def _mapped(source: Path, files: ExitStack) -> bytes | mmap.mmap:
    file = files.enter_context(source.open("rb"))
    if not file.seek(0, 2):
        return b""  # which cannot be mapped
    return files.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _check_bytes(data: bytes | mmap.mmap, limits: Limits) -> None:
    """Raise RejectedChapter for what is not worth opening."""
    if not data:
        raise RejectedChapter("empty", "the file is empty")
    if len(data) > limits.source_bytes:
        raise RejectedChapter("too-big", f"the file has {len(data):,} bytes")
    if b"%PDF-" not in data[:_SIGNATURE_WITHIN]:
        raise RejectedChapter("not-pdf", f"the file is no PDF: it begins {data[:16]!r}")
    # Before qpdf spends its memory on them.
    if sum(1 for _ in _OBJECT.finditer(data)) > limits.objects:
        raise RejectedChapter("too-big", f"the file has more than {limits.objects:,} objects")


def _limit_qpdf(limits: Limits) -> None:
    """Set qpdf's own limits, which are the process's."""
    # pikepdf 10.13, the last one for Python 3.10, has no way to them: there the limit of memory of
    # the worker has to do.
    set_limits = getattr(settings, "set_qpdf_limits", None)
    if set_limits is not None:
        set_limits(
            flate_max_memory=limits.decoded_bytes,
            png_max_memory=limits.decoded_bytes,
            run_length_max_memory=limits.decoded_bytes,
            tiff_max_memory=limits.decoded_bytes,
            parser_max_container_size=limits.objects,
            # A page tree's array may be all that there is left to repair from.
            parser_max_container_size_damaged=limits.objects,
            doc_max_warnings=1000,
        )


def _refusal(problem: str) -> RejectedChapter:
    """What qpdf's refusal to open a file means."""
    if "Loop detected in /Pages" in problem:
        return RejectedChapter("cycle", "the page tree leads back into itself")
    if "no pages found" in problem:
        return RejectedChapter("no-pages", _NO_PAGES)
    return RejectedChapter("damaged", f"the file cannot be repaired: {problem}")


def _check_complete(repairs: list[str]) -> None:
    """Refuse a file in which qpdf has found no page where there was one before it broke."""
    lost = sum("Pages tree includes non-dictionary" in text for text in repairs)
    if 0 < lost < len(repairs):  # alone, it is a tree that was written so
        raise RejectedChapter("damaged", f"{lost} of the file's pages are lost")


def _short(problem: object, source: Path | bytes = b"") -> str:
    """A message of qpdf without the file's name, which may be any or that of a buffer."""
    text = str(problem)
    if isinstance(source, Path):
        text = text.replace(str(source), "")
    text = re.sub(r"^.*?(?:\(|:\s)", "", text, count=1)
    return re.sub(r"\s+", " ", text).strip(" )")[:200]
