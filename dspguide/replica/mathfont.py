"""A small TrueType font of mathematical signs, drawn by code: the one font that the PDFs embed."""

from __future__ import annotations

import itertools
import math
import struct
from functools import lru_cache

NAME = "REPMTH+MathSigns"
ASCENT, DESCENT = 760, -220
_UNITS = 1000
_PEN = 58

Point = tuple[float, float]

# Each glyph: its code, its advance width, and the pen's strokes. A stroke is a list of points, or
# "O cx cy rx ry from to" for an arc in degrees.
_STROKES: dict[str, tuple[int, str]] = {
    "S": (620, "560 640 560 700 80 700 340 350 80 0 560 0 560 60"),  # sum
    "I": (420, "O 300 640 70 80 0 180;230 640 190 80;O 120 60 70 80 180 360"),  # integral
    "P": (640, "60 430 580 430;180 430 180 0;450 430 450 0"),  # pi
    "w": (700, "O 200 190 140 190 90 360;O 480 190 140 190 180 450"),  # omega
    "W": (740, "60 0 260 0 200 120;O 370 400 270 290 -60 240;480 0 680 0"),  # Omega
    "a": (600, "O 230 215 170 215 0 360;500 430 400 215 520 0"),  # alpha
    "b": (
        560,
        "120 -200 120 560;O 260 570 140 130 0 180;O 270 330 130 110 -90 90;O 270 120 150 90 -90 90",
    ),
    "d": (520, "O 250 200 170 200 0 360;380 330 150 700 400 700"),  # delta
    "D": (660, "60 0 330 690 600 0 60 0"),  # Delta
    "q": (500, "O 250 350 170 350 0 360;80 350 420 350"),  # theta
    "l": (520, "80 700 160 700 440 0;250 400 70 0"),  # lambda
    "m": (580, "110 -200 110 430;O 260 120 150 120 180 360;410 430 410 60 480 0"),  # mu
    "f": (620, "O 310 215 210 215 0 360;310 700 310 -200"),  # phi
    "t": (440, "40 430 400 430;220 430 220 80 300 0"),  # tau
    "g": (500, "60 430 250 100 430 430;250 100 200 -150 300 -150 250 100"),  # gamma
    "s": (560, "O 240 200 180 200 0 360;240 430 520 430"),  # sigma
    "r": (620, "40 300 120 300 230 -100 420 740 1000 740"),  # root
    "8": (860, "O 240 250 180 150 0 360;O 600 250 180 150 0 360"),  # infinity
    "e": (440, "O 240 320 150 110 30 270;O 240 110 170 110 90 330"),  # epsilon
    "=": (600, "60 330 540 330;60 170 540 170"),
    "+": (600, "60 250 540 250;300 20 300 480"),
    "-": (600, "60 250 540 250"),
    ".": (300, "130 250 170 250"),  # dot
    "x": (560, "100 60 460 430;100 430 460 60"),  # times
    "/": (420, "60 -100 360 740"),
    "<": (600, "520 480 80 300 520 120;80 20 520 20"),  # less or equal
    ">": (600, "80 480 520 300 80 120;80 20 520 20"),  # greater or equal
    "~": (620, "O 180 200 120 100 0 180;O 420 200 120 100 180 360;60 80 560 80"),  # about equal
    ")": (360, "O 20 260 240 480 -75 75"),
    "(": (360, "O 340 260 240 480 105 255"),
    "]": (320, "60 740 220 740 220 -200 60 -200"),
    "[": (320, "260 740 100 740 100 -200 260 -200"),
    ",": (240, "110 20 60 -120"),
    "*": (520, "260 80 260 420;110 160 410 340;110 340 410 160"),
}

CODES = "".join(_STROKES)


def advance(code: str) -> int:
    """Advance width in 1/1000 of the font size."""
    return _STROKES[code][0]


@lru_cache(maxsize=1)
def font_file() -> bytes:
    """The whole TrueType file, the same for every chapter that embeds it."""
    codes = sorted(_STROKES, key=ord)
    outlines = [_box(), *(_outline(_STROKES[code][1]) for code in codes)]
    advances = [500, *(_STROKES[code][0] for code in codes)]
    glyphs = [_glyph(contours) for contours in outlines]
    offsets = [0]
    for glyph in glyphs:
        offsets.append(offsets[-1] + len(glyph))
    tables = {
        "cmap": _cmap(codes),
        "glyf": b"".join(glyphs),
        "head": _head(outlines),
        "hhea": struct.pack(
            ">IhhhHhhhhhh8xhH",
            0x10000,
            ASCENT,
            DESCENT,
            0,
            max(advances),
            0,
            0,
            900,
            1,
            0,
            0,
            0,
            len(glyphs),
        ),
        "hmtx": b"".join(
            struct.pack(">Hh", width, round(_edges(contours)[0]))
            for width, contours in zip(advances, outlines, strict=True)
        ),
        "loca": struct.pack(f">{len(offsets)}I", *offsets),
        "maxp": struct.pack(
            ">IH13H", 0x10000, len(glyphs), 400, 40, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
        ),
        "post": struct.pack(">IIhhI16x", 0x30000, 0, -100, 50, 0),
    }
    return _sfnt(tables)


def _sfnt(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    out = struct.pack(
        ">IHHHH", 0x10000, count, power * 16, power.bit_length() - 1, count * 16 - power * 16
    )
    position = 12 + 16 * count
    data = b""
    for tag, table in sorted(tables.items()):
        padded = table.ljust(-(-len(table) // 4) * 4, b"\0")
        out += struct.pack(">4sIII", tag.encode(), _checksum(padded), position, len(table))
        position += len(padded)
        data += padded
    font = out + data
    adjustment = (0xB1B0AFBA - _checksum(font)) & 0xFFFFFFFF
    head = font.index(tables["head"])
    return font[: head + 8] + struct.pack(">I", adjustment) + font[head + 12 :]


def _checksum(padded: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF


def _head(outlines: list[list[list[Point]]]) -> bytes:
    left, bottom, right, top = (
        pick(edge)
        for pick, edge in zip(
            (min, min, max, max), zip(*map(_edges, outlines), strict=True), strict=True
        )
    )
    box = [round(edge) for edge in (left, bottom, right, top)]
    return struct.pack(
        ">IIIIHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, _UNITS, 0, 0, *box, 0, 8, 2, 1, 0
    )


def _cmap(codes: list[str]) -> bytes:
    """A symbol table (3, 0) at F000 and a byte table (1, 0), as the producers of the day wrote."""
    ids = {ord(code): index for index, code in enumerate(codes, 1)}
    by_byte = struct.pack(">HHH", 0, 262, 0) + bytes(ids.get(n, 0) for n in range(256))
    segments = [*sorted(ids), 0x0FFF]
    ends = [0xF000 + n for n in segments]
    deltas = [(ids.get(n, 0) - end) & 0xFFFF for n, end in zip(segments, ends, strict=True)]
    deltas[-1] = 1
    count = len(ends)
    power = 1 << (count.bit_length() - 1)
    by_segment = struct.pack(
        f">HHHHHHH{count}HH{count}H{count}H{count}H",
        *(4, 16 + 8 * count, 0, 2 * count, 2 * power, power.bit_length() - 1, 2 * (count - power)),
        *(*ends, 0, *ends, *deltas, *([0] * count)),
    )
    head = struct.pack(">HHHHIHHI", 0, 2, 1, 0, 20, 3, 0, 20 + len(by_byte))
    return head + by_byte + by_segment


def _glyph(contours: list[list[Point]]) -> bytes:
    """A simple glyph without instructions, coordinates as 16-bit steps, padded to four bytes."""
    left, bottom, right, top = (round(edge) for edge in _edges(contours))
    points = [(round(x), round(y)) for contour in contours for x, y in contour]
    ends, total = [], 0
    for contour in contours:
        total += len(contour)
        ends.append(total - 1)
    xs = [x - before for (x, _), (before, _) in zip(points, [(0, 0), *points], strict=False)]
    ys = [y - before for (_, y), (_, before) in zip(points, [(0, 0), *points], strict=False)]
    raw = (
        struct.pack(f">hhhhh{len(ends)}HH", len(contours), left, bottom, right, top, *ends, 0)
        + b"\x01" * len(points)
        + struct.pack(f">{2 * len(points)}h", *xs, *ys)
    )
    return raw.ljust(-(-len(raw) // 4) * 4, b"\0")


def _edges(contours: list[list[Point]]) -> tuple[float, float, float, float]:
    xs = [x for contour in contours for x, _ in contour]
    ys = [y for contour in contours for _, y in contour]
    return min(xs), min(ys), max(xs), max(ys)


def _box() -> list[list[Point]]:
    return [[(50, 0), (50, 700), (450, 700), (450, 0)]]


def _outline(strokes: str) -> list[list[Point]]:
    """Each straight piece of each stroke as a quadrilateral of the pen's width, clockwise."""
    contours = []
    for stroke in strokes.split(";"):
        points = _points(stroke)
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            length = math.hypot(x2 - x1, y2 - y1) or 1.0
            along = ((x2 - x1) / length * _PEN / 2, (y2 - y1) / length * _PEN / 2)
            ux, uy = along
            contours.append(
                [
                    (x1 - ux - uy, y1 - uy + ux),
                    (x2 + ux - uy, y2 + uy + ux),
                    (x2 + ux + uy, y2 + uy - ux),
                    (x1 - ux + uy, y1 - uy - ux),
                ]
            )
    return contours


def _points(stroke: str) -> list[Point]:
    if not stroke.startswith("O "):
        numbers = [float(number) for number in stroke.split()]
        return list(zip(numbers[::2], numbers[1::2], strict=True))
    cx, cy, rx, ry, start, end = (float(number) for number in stroke[2:].split())
    steps = max(4, int(abs(end - start) / 20))
    angles = [math.radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    return [(cx + rx * math.cos(angle), cy + ry * math.sin(angle)) for angle in angles]
