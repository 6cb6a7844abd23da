"""Streams of a chapter: checked, and stored as Flate where that loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pikepdf
from deflate import zlib_compress
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from dspguide.pdf.errors import RejectedChapter
from dspguide.pdf.source.flate import End, check, unpack
from dspguide.pdf.source.lzw import decode_lzw
from dspguide.pdf.source.page_contents import reads_as_content
from dspguide.pdf.source.values import drop, names, show_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from dspguide.pdf.model import Limits

#: Of libdeflate. For text, level 6 takes half as long again as 5 for a thousandth of the bytes;
#: images gain 3 % from more effort.
_LEVEL = 5
_IMAGE_LEVEL = 7

_LZW = names("/LZWDecode /LZW")
_FLATE = names("/FlateDecode /Fl")
#: Filters that only pack bytes, short names of inline images' dialect included.
_PACKING = _LZW | names("/ASCII85Decode /A85 /ASCIIHexDecode /AHx /RunLengthDecode /RL")
_CRYPT = "/Crypt"
#: Bytes that a chapter's images are unpacked to, all of them together, to see that they can be;
#: the others are taken unseen. So many take two of the seconds that a chapter has.
_IMAGES_CHECKED = 1_000_000_000
#: Bits of a row of samples; a predictor with longer ones is one that no reader takes.
_LONGEST_ROW = 1 << 28


@dataclass
class StreamReport:
    """What was wrong with streams, by object number.

    Those that are ``broken`` cannot be decoded and are as they were. Those that are ``mended`` had
    all that readers show of them but ended wrongly, and end rightly now. Those of them that are
    ``doubtful`` may have other data than were meant.
    """

    broken: dict[int, str] = field(default_factory=dict)
    mended: dict[int, str] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)


def compress(
    pdf: Pdf, streams: Iterable[Stream], limits: Limits, contents: AbstractSet[int]
) -> StreamReport:
    """Turn every stream that is not compressed, or packed otherwise, into Flate, in place.

    Image codecs stay as they are, only what is wrapped around them goes. Predictors stay, so
    the samples are packed exactly as before. What cannot be decoded stays as it is and is
    reported. ``contents`` are the numbers of the streams that are content of pages.

    Raises RejectedChapter where what must be held at once is more than may be: a stream that is
    packed otherwise, and one that is no image, which readers unpack as a whole.
    """
    compressor = _Compressor(pdf, limits.decoded_bytes, contents)
    for stream in streams:
        compressor.take(stream)
    return compressor.report


class _Compressor:
    def __init__(self, pdf: Pdf, most: int, contents: AbstractSet[int]) -> None:
        self.report = StreamReport()
        self._pdf = pdf
        self._most = most
        self._contents = contents
        self._images_left = _IMAGES_CHECKED

    def take(self, stream: Stream) -> None:
        try:
            self._take(stream)
        except (pikepdf.PikepdfError, RuntimeError, TypeError, ValueError) as error:
            self.report.broken[stream.objgen[0]] = str(error)

    def _take(self, stream: Stream) -> None:
        filters = list(_filters(stream))
        if _is_nonsense(filters) and not self._is_content(stream):
            show_nothing(stream)  # as readers take what they cannot read
            raise ValueError("rows of more bits than any reader takes")
        packing = 0
        while packing < len(filters) and filters[packing][0] in _PACKING | _FLATE | {_CRYPT}:
            packing += 1
        if packing == len(filters) == 1 and filters[0][0] in _FLATE:
            self._check(stream, filters[0][1])
        elif packing or not filters:  # else it is an image codec, and nothing around it
            self._repack(stream, filters[:packing], filters[packing:])

    def _is_content(self, stream: Stream) -> bool:
        return stream.objgen[0] in self._contents

    def _check(self, stream: Stream, parameters: Dictionary | None) -> None:
        """See that Flate data can be decoded, and mend their end; ValueError if they cannot."""
        packed = stream.read_raw_bytes()
        image = stream.get("/Subtype") == "/Image" and not self._is_content(stream)
        most = self._images_left if image else self._most
        found = check(packed, most)
        if image:
            self._images_left = max(self._images_left - found.length, 0)
        elif found.length > most:
            raise _too_big(most)
        if found.end is not End.SOUND and found.length <= min(most, self._most):
            self._mend(stream, unpack(packed), found.end, parameters)
        elif stream.get("/Filter") != Name.FlateDecode:  # an array of one, or the short name
            drop(stream, ("/Filter", "/DecodeParms"))
            stream.Filter = Name.FlateDecode
            if parameters is not None:
                stream.DecodeParms = parameters

    def _mend(self, stream: Stream, data: bytes, end: End, parameters: Dictionary | None) -> None:
        """Pack anew what came out of data with a wrong end; ValueError if it may be nonsense."""
        number = stream.objgen[0]
        if end is not End.NO_CHECKSUM:
            closed = end is not End.UNCLOSED
            if not self._is_content(stream) or not reads_as_content(data, closed=closed):
                raise ValueError(end.value)
            self.report.doubtful.add(number)
        self.report.mended[number] = end.value
        packed = bytes(zlib_compress(data, _LEVEL))
        stream.write(packed, filter=Name.FlateDecode, decode_parms=_predictor(parameters))

    def _repack(self, stream: Stream, packing: _Filters, inner: _Filters) -> None:
        """Undo the packing filters; what is left is packed by Flate, or is an image codec's."""
        unpacked = [one for one in packing if one[0] != _CRYPT]
        data = self._unpack(stream, unpacked, predicted=not inner)
        if inner:
            codecs = [Name(name) for name, _ in inner]
            parameters = [parameter for _, parameter in inner]
            if len(codecs) == 1:
                stream.write(data, filter=codecs[0], decode_parms=parameters[0])
            else:
                stream.write(data, filter=Array(codecs), decode_parms=Array(parameters))
            return
        # The parameters of the last filter decide how the bytes are read afterwards.
        kept = _predictor(unpacked[-1][1]) if unpacked else None
        level = _IMAGE_LEVEL if stream.get("/Subtype") == "/Image" else _LEVEL
        packed = bytes(zlib_compress(data, level))  # pikepdf takes no bytearray
        if kept is None and len(packed) >= len(data) and "/Filter" not in stream:
            return  # a few bytes that only grow
        stream.write(packed, filter=Name.FlateDecode, decode_parms=kept)

    def _unpack(self, stream: Stream, filters: _Filters, *, predicted: bool) -> bytes:
        """Undo the filters; if ``predicted``, the last one's predictor is left applied."""
        data = stream.read_raw_bytes()
        for number, (name, parameters) in enumerate(filters):
            without = predicted and number == len(filters) - 1
            data = self._undo(data, name, _unpredicted(parameters) if without else parameters)
            if len(data) > self._most:
                raise _too_big(self._most)
        return data

    def _undo(self, data: bytes, name: str, parameters: Dictionary | None) -> bytes:
        """Undo one filter. Raises PikepdfError."""
        if name in _LZW and _predictor(parameters) is None:
            early = 1 if parameters is None else int(parameters.get("/EarlyChange", 1))
            if early in (0, 1) and (decoded := decode_lzw(data, early, self._most)) is not None:
                return decoded
        work = Stream(self._pdf, data)
        work.Filter = Name(name)
        if parameters is not None:
            work.DecodeParms = parameters
        return work.read_bytes(pikepdf.StreamDecodeLevel.specialized)


_Filters = list[tuple[str, "Dictionary | None"]]


def _too_big(most: int) -> RejectedChapter:
    return RejectedChapter("too-big", f"one of its streams unfolds to more than {most:,} bytes")


def _filters(stream: Stream) -> Iterator[tuple[str, Dictionary | None]]:
    """The names of a stream's filters in order of decoding, each with its parameters."""
    filters, parameters = stream.get("/Filter"), stream.get("/DecodeParms")
    if filters is None:
        return
    for number, name in enumerate(filters if isinstance(filters, Array) else [filters]):
        own = parameters
        if isinstance(parameters, Array):
            own = parameters[number] if number < len(parameters) else None
        yield str(name), own if isinstance(own, Dictionary) else None


def _is_nonsense(filters: _Filters) -> bool:
    """Whether a predictor has numbers that no reader takes."""
    for _, parameters in filters:
        if parameters is not None and int(parameters.get("/Predictor", 1)) > 1:
            row = 1
            for key, usual in (("/Columns", 1), ("/Colors", 1), ("/BitsPerComponent", 8)):
                value = int(parameters.get(key, usual))
                row *= value
                if value < 1 or row > _LONGEST_ROW:
                    return True
    return False


def _unpredicted(parameters: Dictionary | None) -> Dictionary | None:
    """The parameters of a filter without those of its predictor.

    None where none are left: an empty dictionary qpdf takes for a filter that it cannot undo.
    """
    early = parameters.get("/EarlyChange") if parameters is not None else None
    return Dictionary(EarlyChange=early) if early is not None else None


def _predictor(parameters: Dictionary | None) -> Dictionary | None:
    """What Flate must know of the parameters of the filter that it replaces."""
    if parameters is None or int(parameters.get("/Predictor", 1)) < 2:
        return None
    keys = ("/Predictor", "/Colors", "/BitsPerComponent", "/Columns")
    return Dictionary({key: parameters[key] for key in keys if key in parameters})
