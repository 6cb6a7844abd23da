"""PDF files from objects: plain, linearized (with hints that are stale) or saved in two goes."""

from __future__ import annotations

import hashlib

from dspguide.replica.encode import run_of_filters

_FILTER_NAMES = {"LZW": "/LZWDecode", "Flate": "/FlateDecode", "A85": "/ASCII85Decode"}
_MARK = b"%\xe2\xe3\xcf\xd3\r\n"


def string(text: str) -> str:
    """A literal string of Latin-1 text."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"({escaped})"


class Objects:
    """The objects of a file under construction, numbered from 1."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def reserve(self) -> int:
        """A number for an object that comes later."""
        self.bodies.append(b"null")
        return len(self.bodies)

    def set(self, number: int, body: str | bytes) -> None:
        """The body of a reserved object."""
        self.bodies[number - 1] = body.encode("cp1252") if isinstance(body, str) else body

    def add(self, body: str | bytes) -> int:
        """The number of a new object."""
        number = self.reserve()
        self.set(number, body)
        return number

    def stream(self, data: bytes, filters: str = "", entries: str = "") -> int:
        """The number of a new stream; `filters` in decoding order, "A85 LZW"."""
        return self.add(stream_body(data, filters, entries))


def stream_body(data: bytes, filters: str = "", entries: str = "") -> bytes:
    """A stream object's body, its data encoded by `filters`."""
    encoded = run_of_filters(data, filters)
    names = [_FILTER_NAMES[name] for name in filters.split()]
    form = (
        f"/Filter {names[0] if len(names) == 1 else f'[{chr(32).join(names)}]'} " if names else ""
    )
    head = f"<< /Length {len(encoded)} {form}{entries}>>\r\nstream\r\n"
    return head.encode("cp1252") + encoded + b"\r\nendstream"


def _indirect(number: int, body: bytes) -> bytes:
    return b"%d 0 obj\r%b\rendobj\r" % (number, body)


def _table(first: int, offsets: list[int]) -> bytes:
    """An xref section for objects numbered from `first`; number 0 is the free list's head."""
    rows = [
        b"0000000000 65535 f\r\n" if first + n == 0 else b"%010d 00000 n\r\n" % offset
        for n, offset in enumerate(offsets)
    ]
    return b"xref\r\n%d %d\r\n%b" % (first, len(offsets), b"".join(rows))


def _trailer(size: int, root: int, info: int, identity: str, previous: int | None = None) -> bytes:
    entries = f"/Size {size}\r/Info {info} 0 R\r/Root {root} 0 R\r"
    if previous is not None:
        entries += f"/Prev {previous}\r"
    return f"trailer\r<<\r{entries}/ID[<{identity}><{identity}>]\r>>\r".encode()


def _identity(objects: Objects) -> str:
    return hashlib.md5(b"".join(objects.bodies), usedforsecurity=False).hexdigest()


def plain_file(objects: Objects, root: int, info: int, version: str) -> bytes:
    """Header, objects, one xref table."""
    out = bytearray(f"%PDF-{version}\r".encode() + _MARK)
    offsets = [0]
    for number, body in enumerate(objects.bodies, 1):
        offsets.append(len(out))
        out += _indirect(number, body)
    start = len(out)
    out += _table(0, offsets)
    out += _trailer(len(offsets), root, info, _identity(objects))
    out += b"startxref\r%d\r%%%%EOF\r" % start
    return bytes(out)


def resaved_file(
    objects: Objects, root: int, info: int, version: str, before: dict[int, bytes]
) -> bytes:
    """A file saved once with the bodies in `before`, then saved again, the changes at its end.

    Cut within the second part it still is a whole file: the one first saved.
    """
    earlier = Objects()
    earlier.bodies = [before.get(n, body) for n, body in enumerate(objects.bodies, 1)]
    out = bytearray(plain_file(earlier, root, info, version))
    previous = out.rindex(b"startxref")
    previous = int(out[previous:].split()[1])
    tables = []
    for number in sorted(before):
        tables.append(_table(number, [len(out)]).removeprefix(b"xref\r\n"))
        out += _indirect(number, objects.bodies[number - 1])
    start = len(out)
    size = len(objects.bodies) + 1
    out += b"xref\r\n" + b"".join(tables)
    out += _trailer(size, root, info, _identity(objects), previous)
    out += b"startxref\r%d\r%%%%EOF\r" % start
    return bytes(out)


def linearized_file(
    objects: Objects, root: int, info: int, version: str, *, first_page: list[int], pages: int
) -> bytes:
    """A file whose first page's objects come first, with a hint table that an editor left stale.

    `first_page` lists the objects of the first page, its page object first. Readers that trust the
    layout but not the hints are well served; checkers warn.
    """
    order = [root, *first_page]
    rest = [n for n in range(1, len(objects.bodies) + 1) if n not in set(order)]
    renumber_free = len(objects.bodies) + 1
    lin, hint = renumber_free, renumber_free + 1
    size = hint + 1
    identity = _identity(objects)
    hint_body = stream_body(_stale_hints(), "", "/S 36 ")
    front = sorted([lin, hint, *order])
    entries_at = len(f"xref\r\n0 {size}\r")  # /T is the white space before the first entry

    def head(
        length: int, hint_at: int, first_end: int, main: int, offsets: dict[int, int]
    ) -> bytes:
        parameters = (
            f"<< /Linearized 1 /O {first_page[0]} /H [ {hint_at:010d} "
            f"{len(_indirect(hint, hint_body)):06d} ] /L {length:010d} /E {first_end:010d} "
            f"/N {pages} /T {main + entries_at:010d} >>"
        )
        out = f"%PDF-{version}\r".encode() + _MARK
        offsets[lin] = len(out)
        out += _indirect(lin, parameters.encode())
        offsets[0] = len(out)
        out += b"xref\r\n"
        for number in front:
            out += b"%d 1\r\n%010d 00000 n\r\n" % (number, offsets.get(number, 0))
        out += _trailer(size, root, info, identity, 0).replace(
            b"/Prev 0\r", b"/Prev %010d\r" % main
        )
        return out + b"startxref\r0\r%%EOF\r"

    offsets: dict[int, int] = {}
    position = len(head(0, 0, 0, 0, offsets))
    body = bytearray()
    first_end = hint_at = 0
    for number in [root, hint, *first_page, *rest]:
        if number == hint:
            hint_at = position + len(body)
        offsets[number] = position + len(body)
        body += _indirect(number, hint_body if number == hint else objects.bodies[number - 1])
        if number == first_page[-1]:
            first_end = position + len(body)
    main = position + len(body)
    tail = _main_table(offsets, set(front), size)
    tail += _trailer(size, root, info, identity)
    tail += b"startxref\r%d\r%%%%EOF\r" % offsets[0]
    length = main + len(tail)
    return head(length, hint_at, first_end, main, offsets) + bytes(body) + tail


def _main_table(offsets: dict[int, int], front: set[int], size: int) -> bytes:
    """The xref section of all objects that the one at the front does not have."""
    rows = [b"0000000000 65535 f\r\n"]
    for number in range(1, size):
        if number in front:
            rows.append(b"0000000000 65535 f\r\n")
        else:
            rows.append(b"%010d 00000 n\r\n" % offsets[number])
    return b"xref\r\n0 %d\r\n%b" % (size, b"".join(rows))


def _stale_hints() -> bytes:
    """A hint stream of plausible length with nothing right in it."""
    return bytes(n * 37 % 251 for n in range(60))
