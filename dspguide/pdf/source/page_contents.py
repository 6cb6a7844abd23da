"""The content streams of a chapter's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pikepdf import Array, Dictionary, Name, Stream

from dspguide.pdf.errors import RejectedChapter

if TYPE_CHECKING:
    from dspguide.pdf.source.opening import OpenedChapter
    from dspguide.pdf.source.streams import StreamReport

_FLATE = Name.FlateDecode


def content_streams(opened: OpenedChapter) -> set[int]:
    """The object numbers of all content streams; what else stands in their place is taken out.

    Readers pass over what is no stream. Only in a file that broke it may be lost content.

    Raises RejectedChapter.
    """
    numbers: set[int] = set()
    for count, page in enumerate(opened.pages, start=1):
        contents = page.get("/Contents")
        parts = list(contents) if isinstance(contents, Array) else [contents]
        streams = [part for part in parts if isinstance(part, Stream)]
        lost = contents is None and opened.has_lost_contents(page)
        if lost or (opened.repairs and isinstance(contents, Array) and None in parts):
            raise RejectedChapter("damaged", f"the content of its page {count} is lost")
        if len(streams) < len(parts):
            _put(page, streams)
        numbers.update(stream.objgen[0] for stream in streams)
    return numbers


def _put(page: Dictionary, streams: list[Stream]) -> None:
    if streams:
        page.Contents = Array(streams)
    elif "/Contents" in page:
        del page["/Contents"]


def check_contents(opened: OpenedChapter, report: StreamReport) -> list[str]:
    """Refuse pages whose content cannot be decoded; return warnings of what else was wrong.

    What is in doubt counts as a repair. Raises RejectedChapter.
    """
    warnings = []
    contents: set[int] = set()
    for count, page in enumerate(opened.pages, start=1):
        found = page.get("/Contents")
        for part in list(found) if isinstance(found, Array) else [found]:
            if not isinstance(part, Stream):
                continue
            number = part.objgen[0]
            if number in report.broken or part.get("/Filter", _FLATE) != _FLATE:
                raise RejectedChapter("damaged", f"the content of its page {count} is damaged")
            if number in report.doubtful and number not in contents:
                opened.repairs.append(f"the data of page {count}: {report.mended[number]}")
            contents.add(number)
    if others := len(report.broken.keys() - contents):
        warnings.append(f"{others} of its images or fonts cannot be decoded, kept as they are")
    if mended := len(report.mended.keys() - report.doubtful):
        warnings.append(f"{mended} of its streams had no checksum at their end, and have one now")
    return warnings
