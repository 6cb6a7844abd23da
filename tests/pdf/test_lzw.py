"""LZW data are what qpdf makes of them, faster."""

from __future__ import annotations

import subprocess
import sys

import pikepdf
from hypothesis import given
from hypothesis import strategies as st

from dspguide.demo.saving import lzw
from dspguide.pdf.source.lzw import decode_lzw
from tests.pdf import nasty

_MOST = 1 << 24
_TEXTS = st.one_of(
    st.binary(max_size=3_000),
    # Repeated, so that strings of the table are long, and the table is full now and then.
    st.builds(bytes.__mul__, st.binary(min_size=1, max_size=40), st.integers(1, 3_000)),
)


def _by_qpdf(data: bytes, early_change: int) -> bytes | None:
    pdf = pikepdf.new()
    stream = pikepdf.Stream(pdf, data)
    stream.Filter = pikepdf.Name.LZWDecode
    stream.DecodeParms = pikepdf.Dictionary(EarlyChange=early_change)
    try:
        return stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
    except (pikepdf.PikepdfError, RuntimeError):  # the latter of older versions
        return None


@given(_TEXTS)
def test_what_was_encoded_is_decoded(text: bytes) -> None:
    assert decode_lzw(lzw(text), 1, _MOST) == text


@given(st.binary(max_size=2_000), st.integers(0, 1))
def test_any_bytes_are_what_qpdf_says(data: bytes, early_change: int) -> None:
    assert decode_lzw(data, early_change, _MOST) == _by_qpdf(data, early_change)


@given(_TEXTS, st.data(), st.integers(0, 1))
def test_damaged_data_are_what_qpdf_says(text: bytes, data: st.DataObject, early: int) -> None:
    encoded = bytearray(lzw(text))
    for _ in range(data.draw(st.integers(0, 3))):
        if encoded:
            at = data.draw(st.integers(0, len(encoded) - 1))
            encoded[at] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(encoded[: data.draw(st.integers(0, len(encoded)))])
    assert decode_lzw(cut, early, _MOST) == _by_qpdf(cut, early)


def test_data_that_take_more_memory_than_they_may_are_left_to_qpdf() -> None:
    bomb = lzw(bytes(3_000_000))
    assert decode_lzw(bomb, 1, 2_000_000) is None
    assert decode_lzw(bytes(2_000_000), 1, 1_000_000) is None
    assert decode_lzw(bomb, 1, 8_000_000) == bytes(3_000_000)


def test_memory_that_grew_is_good_for_what_comes_next() -> None:
    for _ in range(2):
        assert decode_lzw(nasty.longest_lzw(4), 1, 1 << 26) == bytes(4 * sum(range(1, 3838)))
        assert decode_lzw(lzw(b"text"), 1, 1 << 26) == b"text"


def test_a_process_that_decoded_ends_without_a_word() -> None:
    code = (
        "from dspguide.pdf.source.lzw import decode_lzw; "
        f"assert decode_lzw({lzw(b'text')!r}, 1, {_MOST}) == b'text'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_without_wasmtime_it_is_left_to_qpdf() -> None:
    code = (
        "import sys; sys.modules['wasmtime'] = None; "
        "from dspguide.pdf.source.lzw import decode_lzw; "
        f"assert decode_lzw({lzw(b'text')!r}, 1, {_MOST}) is None"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
