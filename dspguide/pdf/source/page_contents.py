"""The content streams of a chapter's pages, and whether bytes that may be damaged are one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pikepdf import Array, Name, Stream

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.source.values import drop

if TYPE_CHECKING:
    from dspguide.pdf.source.opening import OpenedChapter
    from dspguide.pdf.source.streams import StreamReport

_FLATE = Name.FlateDecode
#: All operators of ISO 32000-1, annex A.
_OPERATORS = frozenset(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K"
    b" k l m M MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w"
    b" W W* y ' \"".split()
)
#: Those after which a page may be over.
_LAST = frozenset(b"b B b* B* Do EI EMC ET EX f F f* n Q s S sh Tj TJ ' \"".split())
_TOKEN = re.compile(
    rb"""\s*(?:(?P<string>\() | <[0-9A-Fa-f\s]*> | (?P<open><<|\[) | (?P<close>>>|\])
    | /[^\s()<>\[\]{}/%]* | [-+]?[0-9.][0-9.+-]* | true\b | false\b | null\b
    | (?P<operator>[^\s()<>\[\]{}/%]+) )""",
    re.VERBOSE,
)
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_INLINE_END = re.compile(rb"\sEI(?=\s|$)")


Contents = dict[int, tuple[int, Stream]]


def content_streams(opened: OpenedChapter) -> Contents:
    """All content streams by object number, each with the page that has it first, from 1.

    What else stands in their place is taken out, for readers pass over what is no stream. Only in a
    file that broke it may be lost content. Raises RejectedChapter.
    """
    found: Contents = {}
    for count, page in enumerate(opened.pages, start=1):
        contents = page.get("/Contents")
        parts = list(contents) if isinstance(contents, Array) else [contents]
        streams = [part for part in parts if isinstance(part, Stream)]
        lost = contents is None and opened.has_lost_contents(page)
        if lost or (opened.repairs and isinstance(contents, Array) and None in parts):
            raise RejectedChapter("damaged", f"the content of its page {count} is lost")
        if len(streams) < len(parts):
            drop(page, ("/Contents",))
            if streams:
                page.Contents = Array(streams)
        for stream in streams:
            found.setdefault(stream.objgen[0], (count, stream))
    return found


def check_contents(opened: OpenedChapter, contents: Contents, report: StreamReport) -> list[str]:
    """Refuse pages whose content cannot be decoded; return warnings of what else was wrong.

    What is in doubt counts as a repair. Raises RejectedChapter.
    """
    for number, (count, stream) in contents.items():
        if number in report.broken or stream.get("/Filter", _FLATE) != _FLATE:
            raise RejectedChapter("damaged", f"the content of its page {count} is damaged")
        if number in report.doubtful:
            opened.repairs.append(f"the data of page {count}: {report.mended[number]}")
    warnings = []
    if others := len(report.broken.keys() - contents.keys()):
        warnings.append(f"{others} of its images or fonts cannot be decoded, kept as they are")
    if mended := len(report.mended.keys() - report.doubtful):
        warnings.append(f"{mended} of its streams had no checksum at their end, and have one now")
    return warnings


def reads_as_content(data: bytes, *, closed: bool) -> bool:
    """Whether the bytes are operators from their first to their last, each whole.

    Without ``closed`` the bytes may go on, and also their last operator must be one that paints or
    ends something.
    """
    at, last, after_operator = 0, b"", True
    inside: list[bytes] = []
    end = len(data.rstrip())
    while at < end:
        match = _TOKEN.match(data, at)
        if match is None or not _is_closed_rightly(match, inside):
            return False
        at = match.end()
        operator = match["operator"]
        after_operator = operator is not None
        if match["string"]:
            at = _string_end(data, at)
        elif operator is not None:
            if operator not in _OPERATORS or inside:
                return False
            last = operator
            if operator == b"ID":  # an image's bytes, which may be any
                found = _INLINE_END.search(data, at)
                at, last = (found.end(), b"EI") if found else (0, b"")
        if not at:
            return False
    return after_operator and (closed or last in _LAST)


def _is_closed_rightly(match: re.Match[bytes], inside: list[bytes]) -> bool:
    """Take note of an array or dictionary that begins; False for the end of what is not open."""
    if match["open"]:
        inside.append(match["open"])
    if not match["close"]:
        return True
    return bool(inside) and inside.pop() + match["close"] in (b"<<>>", b"[]")


def _string_end(data: bytes, at: int) -> int:
    """Where a string ends whose parenthesis is open before ``at``; 0 if it does not."""
    depth = 1
    while depth:
        match = _IN_STRING.search(data, at)
        if match is None:
            return 0
        at = match.end()
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
    return at
