"""Streams of a chapter: checked, and stored as Flate where that loses nothing."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pikepdf
from deflate import zlib_compress
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from dspguide.pdf.errors import RejectedChapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dspguide.pdf.model import Limits

#: Of libdeflate. For text, level 6 takes half as long again as 5 for a thousandth of the bytes;
#: images gain 3 % from more effort.
_LEVEL = 5
_IMAGE_LEVEL = 7

#: Filters that only pack bytes, short names of inline images' dialect included.
_PACKING = {
    "/LZWDecode",
    "/LZW",
    "/ASCII85Decode",
    "/A85",
    "/ASCIIHexDecode",
    "/AHx",
    "/RunLengthDecode",
    "/RL",
}
_FLATE = {"/FlateDecode", "/Fl"}
_CRYPT = "/Crypt"
_CHUNK = 1 << 20


@dataclass
class Budget:
    """Decoded bytes that may still be made of a chapter's streams."""

    left: int

    def spend(self, count: int) -> None:
        """Take ``count`` bytes; raises RejectedChapter when there are not so many left."""
        self.left -= count
        if self.left < 0:
            raise RejectedChapter("too-big", "its streams unfold to more than a chapter may have")


@dataclass
class StreamReport:
    """Streams that cannot be decoded, by object number."""

    broken: dict[int, str] = field(default_factory=dict)


def compress(pdf: Pdf, limits: Limits) -> StreamReport:
    """Turn every stream that is not compressed, or packed otherwise, into Flate, in place.

    Image codecs stay as they are, only what is wrapped around them goes. Predictors stay, so
    the samples are packed exactly as before. What cannot be decoded stays as it is and is
    reported.
    """
    report = StreamReport()
    budget = Budget(limits.decoded_bytes)
    for stream in pdf.objects:
        if not isinstance(stream, Stream):
            continue
        try:
            _compress(pdf, stream, budget)
        except (pikepdf.PikepdfError, zlib.error, RuntimeError, TypeError, ValueError) as error:
            report.broken[stream.objgen[0]] = str(error)
    return report


def _compress(pdf: Pdf, stream: Stream, budget: Budget) -> None:
    filters = list(_filters(stream))
    packing = 0
    while packing < len(filters) and filters[packing][0] in _PACKING | _FLATE | {_CRYPT}:
        packing += 1
    inner = filters[packing:]
    if not inner and len(filters) == 1 and filters[0][0] in _FLATE:
        _check_flate(stream.read_raw_bytes(), budget)
        if stream.get("/Filter") != Name.FlateDecode:  # an array of one, or the short name
            _set_flate(stream, filters[0][1])
        return
    if inner and not packing:
        return  # an image codec, and nothing around it
    # The parameters of the last filter decide how the bytes are read afterwards, if no codec does.
    unpacked = [one for one in filters[:packing] if one[0] != _CRYPT]
    predictor = unpacked[-1][1] if unpacked and not inner else None
    data = _unpack(pdf, stream, unpacked, budget, predicted=not inner)
    if inner:
        names = [Name(name) for name, _ in inner]
        parameters = [parameter if parameter is not None else None for _, parameter in inner]
        if len(names) == 1:
            stream.write(data, filter=names[0], decode_parms=parameters[0])
        else:
            stream.write(data, filter=Array(names), decode_parms=Array(parameters))
        return
    kept = _predictor(predictor)
    level = _IMAGE_LEVEL if stream.get("/Subtype") == "/Image" else _LEVEL
    packed = bytes(zlib_compress(data, level))  # pikepdf takes no bytearray
    if kept is None and len(packed) >= len(data) and "/Filter" not in stream:
        return  # a few bytes that only grow
    stream.write(packed, filter=Name.FlateDecode, decode_parms=kept)


def _set_flate(stream: Stream, parameters: Dictionary | None) -> None:
    """Say in the usual way that a stream is Flate."""
    stream.Filter = Name.FlateDecode
    if parameters is not None:
        stream.DecodeParms = parameters
    elif "/DecodeParms" in stream:
        del stream["/DecodeParms"]


def _filters(stream: Stream) -> Iterator[tuple[str, Dictionary | None]]:
    """The names of a stream's filters in order of decoding, each with its parameters."""
    filters = stream.get("/Filter")
    parameters = stream.get("/DecodeParms")
    if filters is None:
        return
    names: list[Object] = list(filters) if isinstance(filters, Array) else [filters]
    for number, name in enumerate(names):
        own = parameters
        if isinstance(parameters, Array):
            own = parameters[number] if number < len(parameters) else None
        yield str(name), own if isinstance(own, Dictionary) else None


def _unpack(
    pdf: Pdf,
    stream: Stream,
    filters: list[tuple[str, Dictionary | None]],
    budget: Budget,
    *,
    predicted: bool,
) -> bytes:
    """Undo the packing filters; if ``predicted``, the last one's predictor is left applied."""
    if not filters:
        data = stream.read_raw_bytes()
        budget.spend(len(data))
        return data
    names = [Name(name) for name, _ in filters]
    parameters: list[Dictionary | None] = [p for _, p in filters]
    if predicted and parameters[-1] is not None:
        early = parameters[-1].get("/EarlyChange")
        parameters[-1] = Dictionary(EarlyChange=early) if early is not None else None
    work = Stream(pdf, stream.read_raw_bytes())
    work.Filter = Array(names)
    if any(p is not None for p in parameters):
        # Null, not an empty dictionary: with that qpdf takes the filter for one it cannot undo.
        work.DecodeParms = Array(parameters)
    data = work.read_bytes(pikepdf.StreamDecodeLevel.specialized)
    budget.spend(len(data))
    return data


def _predictor(parameters: Dictionary | None) -> Dictionary | None:
    """What Flate must know of the parameters of the filter that it replaces."""
    if parameters is None or int(parameters.get("/Predictor", 1)) < 2:
        return None
    kept = Dictionary()
    for key in ("/Predictor", "/Colors", "/BitsPerComponent", "/Columns"):
        if key in parameters:
            kept[key] = parameters[key]
    return kept


def _check_flate(data: bytes, budget: Budget) -> None:
    """Decode Flate data piece by piece, keeping nothing; zlib.error if it is damaged."""
    decoder = zlib.decompressobj()
    rest = data
    while rest and not decoder.eof:
        budget.spend(len(decoder.decompress(rest, _CHUNK)))
        rest = decoder.unconsumed_tail
    if data and not decoder.eof:  # no bytes at all are no bytes, as every reader takes them
        raise zlib.error("the data end before they should")
