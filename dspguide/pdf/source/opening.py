"""Opening a chapter's file with qpdf, which repairs what can be repaired."""

from __future__ import annotations

import mmap
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf, Stream, settings

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.source.values import Number, is_new

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dspguide.pdf.model import Limits

_SIGNATURE_WITHIN = 1024  # bytes: PDF 32000-1, annex H, implementation note 13
_WARNINGS_KEPT = 3
_MAX_TREE_DEPTH = 200
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")  # ISO 32000-1, table 30
_NO_PAGES = ("no-pages", "the file has no pages that can be read")
_OBJECT = re.compile(rb"endobj")
_DEFINED = re.compile(rb"(?<!\d)(\d{1,10})\s{1,4}\d{1,5}\s{1,4}obj\b")
_REFERRED = re.compile(rb"(?<!\d)(\d{1,10})\s{1,4}\d{1,5}\s{1,4}R\b")
_STREAM = re.compile(rb"\bstream\r?\n.*?endstream", re.DOTALL)
#: What qpdf remarks on in files that are whole, written by programs with views of their own.
_REMARKS = re.compile(
    r"Resources is missing or invalid|appears more than once in the pages tree|linearization|hint"
)


@dataclass
class OpenedChapter:
    """A chapter that qpdf could open, and what it had to repair for that.

    ``data`` are the file's bytes.
    """

    data: mmap.mmap
    pdf: Pdf
    pages: list[Dictionary]
    repairs: list[str]

    def has_lost_contents(self, page: Dictionary) -> bool:
        """Whether a page without content had some before the file broke.

        qpdf does not tell a key that was never there from one whose value is lost.
        """
        if not self.repairs:
            return False
        written = _as_written(self.pdf, self.data, page.objgen)
        return written is None or b"/Contents" in written


@contextmanager
def open_chapter(source: Path, limits: Limits) -> Iterator[OpenedChapter]:
    """Open a file, which is mapped rather than read: it may be large, and not all of it is looked
    at. Mapping takes 3 % off the time of preparing a chapter, too.

    Raises RejectedChapter, OSError.
    """
    with source.open("rb") as file, _mapped(file) as data:
        _check_bytes(data, limits)
        _limit_qpdf(limits)
        with _opened(source) as pdf:
            pages = _pages_of(pdf, limits)
            found = [_short(text, source) for text in pdf.get_warnings()]
            repairs = [text for text in found if not _REMARKS.search(text)]
            if not pages:
                raise RejectedChapter(*_NO_PAGES)
            lost = sum("Pages tree includes non-dictionary" in text for text in repairs)
            if 0 < lost < len(repairs):  # alone, it is a tree that was written so
                raise RejectedChapter("damaged", f"{lost} of the file's pages are lost")
            if repairs and (lost := _lost_objects(pdf, data)):
                raise RejectedChapter("damaged", f"{lost} of the file's objects are lost")
            yield OpenedChapter(data, pdf, pages, repairs[:_WARNINGS_KEPT])


def _mapped(file: IO[bytes]) -> mmap.mmap:
    if not file.seek(0, 2):  # it could not be mapped
        raise RejectedChapter("empty", "the file is empty")
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _check_bytes(data: mmap.mmap, limits: Limits) -> None:
    """Raise RejectedChapter for what is not worth opening."""
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
        kinds = ("flate", "png", "run_length", "tiff")
        set_limits(
            **{f"{kind}_max_memory": limits.decoded_bytes for kind in kinds},
            parser_max_container_size=limits.objects,
            # A page tree's array may be all that there is left to repair from.
            parser_max_container_size_damaged=limits.objects,
            doc_max_warnings=1000,
        )


def _opened(source: Path) -> Pdf:
    try:
        return pikepdf.open(source, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise RejectedChapter("password", "the file needs a password") from error
    except (pikepdf.PikepdfError, ValueError, RuntimeError) as error:
        problem = _short(error, source)
        if "Loop detected in /Pages" in problem:
            raise RejectedChapter("cycle", "the page tree leads back into itself") from error
        if "no pages found" in problem:
            raise RejectedChapter(*_NO_PAGES) from error
        detail = f"the file cannot be repaired: {problem}"
        raise RejectedChapter("damaged", detail) from error


def _pages_of(pdf: Pdf, limits: Limits) -> list[Dictionary]:
    """The pages in order, by our own walk, for qpdf trusts a tree that it did not repair.

    Each gets what it inherits from the nodes above it. Raises RejectedChapter.
    """
    too_many = RejectedChapter("too-big", f"the file has more than {limits.pages:,} pages")
    pages: list[Dictionary] = []
    seen: set[Number] = set()
    stack: list[tuple[Object, int, dict[str, object]]] = [(_root(pdf, limits), 0, {})]
    while stack:
        node, depth, inherited = stack.pop()
        if not isinstance(node, Dictionary):
            continue
        kids = node.get("/Kids")
        if isinstance(kids, Array):
            if depth > _MAX_TREE_DEPTH:
                deep = f"the page tree is over {_MAX_TREE_DEPTH} levels deep"
                raise RejectedChapter("cycle", deep)
            if not is_new(node, seen):
                raise RejectedChapter("cycle", "the page tree leads back into itself")
            if len(kids) > limits.pages:
                raise too_many
            handed_down = inherited | {k: node[k] for k in _INHERITED if k in node}
            stack.extend((kids[n], depth + 1, handed_down) for n in reversed(range(len(kids))))
        elif node.get("/Type") == "/Page" or "/Contents" in node or "/MediaBox" in node:
            for key in inherited.keys() - node.keys():
                node[key] = inherited[key]
            pages.append(node)
        if len(pages) + len(stack) > limits.pages + _MAX_TREE_DEPTH:
            raise too_many
    return pages


def _root(pdf: Pdf, limits: Limits) -> Dictionary:
    if len(pdf.objects) > limits.objects:
        raise RejectedChapter("too-big", f"the file has {len(pdf.objects):,} objects")
    try:
        root = pdf.Root.get("/Pages")
    except (pikepdf.PikepdfError, AttributeError, ValueError, RuntimeError) as error:
        raise RejectedChapter("damaged", f"the file has no catalog: {error}") from error
    if not isinstance(root, Dictionary):
        raise RejectedChapter("no-pages", "the file has no page tree")
    return root


def _lost_objects(pdf: Pdf, data: mmap.mmap) -> int:
    """How many objects are referred to and are nowhere in the file.

    qpdf builds a file anew from the objects that it finds, and takes a reference to any other for
    null: the end of one that was cut is gone without a word, and with it fonts and pictures.
    """
    known = {item.objgen[0] for item in pdf.objects if isinstance(item, Object)}
    known.update(map(int, _DEFINED.findall(data)))
    referred: set[int] = set()
    start = 0
    for stream in _STREAM.finditer(data):  # whose bytes may look like anything
        referred.update(map(int, _REFERRED.findall(data[start : stream.start()])))
        start = stream.end()
    rest = data[start:].partition(b"stream")[0]  # one that was cut has no end
    referred.update(map(int, _REFERRED.findall(rest)))
    return len(referred - known)


def _as_written(pdf: Pdf, data: mmap.mmap, number: Number) -> bytes | None:
    """The last object of a number and generation in the file, None where it cannot be found."""
    begin = re.compile(rb"(?<!\d)%d\s+%d\s+obj\b" % number)
    by_itself = [match.end() for match in begin.finditer(data)]
    if by_itself:
        end = data.find(b"endobj", by_itself[-1])
        return data[by_itself[-1] : end if end >= 0 else len(data)]
    return _packed(pdf, number[0])


def _packed(pdf: Pdf, number: int) -> bytes | None:
    """The object of this number as it stands in an object stream, None if it is in none."""
    for stream in pdf.objects:
        if not isinstance(stream, Stream) or stream.get("/Type") != "/ObjStm":
            continue
        data, first = stream.read_bytes(), int(stream.get("/First", 0))
        pairs = [int(word) for word in data[:first].split() if word.isdigit()]
        starts = dict(zip(pairs[::2], pairs[1::2], strict=False))
        if number in starts:
            start = starts[number]
            end = min((at for at in starts.values() if at > start), default=len(data))
            return data[first + start : first + end]
    return None


def _short(problem: object, source: Path) -> str:
    """A message of qpdf without the file's name, which may be any."""
    text = str(problem).replace(str(source), "")
    text = re.sub(r"^.*?(?:\(|:\s)", "", text, count=1)
    return re.sub(r"\s+", " ", text).strip(" )")[:200]
