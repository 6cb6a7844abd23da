"""LZW data, decoded six times as fast as qpdf does it.

Old chapters are LZW for the most part, and qpdf's decoder takes a fifth of the time of preparing
one: 0.58 s for the 18 MB of the demo's 34, where this takes 0.09 s. It is WebAssembly, so that
bytes that anybody may have made can write nowhere but in its own memory: imagecodecs' decoder, as
fast, crashes on some of them.
"""

from __future__ import annotations

import atexit
import ctypes
from functools import cache
from importlib.resources import files
from struct import Struct

_INPUT = 1 << 15  # where data begin in the decoder's memory, after its table
_HEAD = Struct("<II")  # what stands at the memory's beginning; lzw.wat says what
_PAGE = 1 << 16
_KEPT = 1 << 24  # bytes of memory that are worth keeping for the next data


def decode_lzw(data: bytes, early_change: int, most: int) -> bytes | None:
    """Decode data; ``early_change`` is 0 or 1, as in PDF's filter parameters.

    None for data with an error in them, or that take more than ``most`` bytes of memory with what
    they decode to, and where wasmtime, of which not every system has a wheel, is not installed:
    then it is for qpdf to do it, or to say what is wrong. Use it in one thread.
    """
    decoder = _decoder(most)
    return decoder.decode(data, early_change) if decoder else None


class _Decoder:
    """The decoder with its memory, which grows and never shrinks."""

    def __init__(self, most: int) -> None:
        import wasmtime  # noqa: PLC0415 - 0.03 s, and only where there is something to decode

        self._wasmtime = wasmtime
        self._most = most
        config = wasmtime.Config()
        # The limits of a process may leave no room for gigabytes that are only reserved, and its
        # signals are not a library's to handle. It costs a tenth of the time.
        config.memory_reservation = config.memory_guard_size = 0
        config.signals_based_traps = False
        self._engine = wasmtime.Engine(config)
        code = files(__package__).joinpath("lzw.wat").read_text("utf-8")
        self._module = wasmtime.Module(self._engine, code)
        self._start()

    def _start(self) -> None:
        store = self._wasmtime.Store(self._engine)
        store.set_limits(memory_size=self._most)
        exports = self._wasmtime.Instance(store, self._module, []).exports(store)
        memory, function = exports["memory"], exports["decode"]
        assert isinstance(memory, self._wasmtime.Memory)  # noqa: S101 - lzw.wat says so
        assert isinstance(function, self._wasmtime.Func)  # noqa: S101
        self._store, self._memory, self._function = store, memory, function

    def decode(self, data: bytes, early_change: int) -> bytes | None:
        if self._memory.data_len(self._store) > _KEPT:
            self._start()
        store, memory = self._store, self._memory
        start = _INPUT + len(data)
        if (lacking := start - memory.data_len(store)) > 0:
            try:
                memory.grow(store, -(-lacking // _PAGE))
            except self._wasmtime.WasmtimeError:  # more than there may be
                return None
        # Memory.read() and write() copy twice and make a type for each length.
        address = self._address()
        ctypes.memmove(address, _HEAD.pack(start, early_change), _HEAD.size)
        ctypes.memmove(address + _INPUT, data, len(data))
        self._function(store)
        address = self._address()  # it may have moved
        end, _ = _HEAD.unpack(ctypes.string_at(address, _HEAD.size))
        return ctypes.string_at(address + start, end - start) if end else None

    def _address(self) -> int:
        return ctypes.addressof(self._memory.data_ptr(self._store).contents)


@cache
def _decoder(most: int) -> _Decoder | None:
    try:
        decoder = _Decoder(most)
    except ImportError:
        return None
    # wasmtime's objects must not be the last ones to go: its own modules are gone by then.
    atexit.register(_decoder.cache_clear)
    return decoder
