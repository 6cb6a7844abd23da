"""What fills the figures: recorded traces as vector graphics, pictures as gray samples.

Both come in any amount of data, since figures are what makes one chapter 45 KB and another 2.1 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

POINT_BYTES = 12.2
"""Average length of a point of a trace, "132.5 410.7 l"."""

_GRAYS = (236, 204, 172, 140, 108, 76, 44)


@dataclass(frozen=True)
class Box:
    """The place of a figure on its page, in points from the bottom left."""

    page_index: int
    x: float
    y: float
    width: float
    height: float


def frame(box: Box) -> str:
    """The axes with their ticks."""
    x, y, right, top = box.x, box.y, box.x + box.width, box.y + box.height
    middle = y + box.height / 2
    ticks = "".join(
        f"{x + box.width * n / 8:.1f} {y:.1f} m {x + box.width * n / 8:.1f} {y - 4:.1f} l\n"
        f"{x:.1f} {y + box.height * n / 8:.1f} m {x - 4:.1f} {y + box.height * n / 8:.1f} l\n"
        for n in range(9)
    )
    return (
        f"0.7 w 0 G\n{x:.1f} {y:.1f} {right - x:.1f} {top - y:.1f} re S\n0.4 w\n{ticks}S\n"
        f"0.75 G 0.25 w\n{x:.1f} {middle:.1f} m {right:.1f} {middle:.1f} l S\n0 G\n"
    )


def trace(box: Box, points: int, rng: Random) -> bytes:
    """A recorded signal of so many points across the box, as a content stream of its own."""
    slow = 3 + 9 * rng.random()
    fast = slow * (3 + 5 * rng.random())
    fade = 1 + 3 * rng.random()
    noise = 0.02 + 0.1 * rng.random()
    middle, reach = box.y + box.height / 2, box.height * 0.44
    random = rng.random
    parts = [f"q\n{frame(box)}0.5 w 1 j\n"]
    for n in range(points):
        t = n / points
        value = (0.7 * sin(slow * t * 6.283) + 0.3 * sin(fast * t * 6.283)) / (1 + fade * t)
        value += noise * (random() - 0.5)
        parts.append(
            f"{box.x + box.width * t:.1f} {middle + reach * value:.1f} {'l' if n else 'm'}\n"
        )
    parts.append("S\nQ\n")
    return "".join(parts).encode()


def picture(width: int, height: int, rng: Random, grain: int) -> bytes:
    """Gray samples, 8 bits each: bent bands, with `grain` of 256 samples off by a little."""
    band = max(2, width // (6 + int(6 * rng.random())))
    period = b"".join(bytes((gray,)) * band for gray in (*_GRAYS, *reversed(_GRAYS)))
    ground = period * (2 + 2 * width // len(period) + 1)
    bend = 0.5 + 2 * rng.random()
    rows = []
    for row in range(height):
        shift = int((1 + sin(bend * row / height * 6.283)) * 0.5 * len(period))
        rows.append(ground[shift : shift + width])
    plain = int.from_bytes(b"".join(rows), "big")
    levels = bytes(0 if n >= grain else 1 + n % 15 for n in range(256))
    noise = int.from_bytes(rng.randbytes(width * height).translate(levels), "big")
    return (plain + noise).to_bytes(width * height, "big")
