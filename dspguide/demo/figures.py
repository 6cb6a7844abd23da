"""What fills the figures, in any amount: recorded signals as vector graphics, pictures in gray."""

from __future__ import annotations

from math import sin, tau
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from random import Random

Box: TypeAlias = "tuple[float, float, float, float]"
"""Left and lower edge, width and height of a figure, in points."""
_GRAIN = 3
"""Shades of noise on a picture: as much as lets Flate halve it, as it does the real ones."""


def axes(box: Box) -> bytes:
    """The frame with its ticks."""
    x, y, width, height = box
    ticks = "".join(
        f"{x + width * n / 8:.2f} {y:.2f} m {x + width * n / 8:.2f} {y - 4:.2f} l\n"
        f"{x:.2f} {y + height * n / 8:.2f} m {x - 4:.2f} {y + height * n / 8:.2f} l\n"
        for n in range(9)
    )
    frame = f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re S\n"
    return f"q 0.7 w 0 G\n{frame}0.4 w\n{ticks}S Q\n".encode()


def signal(box: Box, points: int, lines: float, rng: Random) -> bytes:
    """So many samples across the box: that part of them as one line, the others as squares."""
    slow = 3 + 9 * rng.random()
    fast = slow * (3 + 5 * rng.random())
    fade, noise = 1 + 3 * rng.random(), 0.02 + 0.1 * rng.random()
    left, bottom, width, height = box
    middle, reach = bottom + height * 0.35, height * 0.3
    parts = ["q 0.50 w 0 g 1 j\n"]
    line = int(points * lines)
    for n in range(points):
        t = n / points
        value = (0.7 * sin(slow * t * tau) + 0.3 * sin(fast * t * tau)) / (1 + fade * t)
        value += noise * (rng.random() - 0.5)
        end = "1.2000 1.2000 re\n" if n >= line else "l\n" if n else "m\n"
        stroke = "S\n" if n == line else ""
        parts.append(f"{stroke}{left + width * t:.2f}00 {middle + reach * value:.2f}00 {end}")
    return "".join([*parts, "f Q\n"]).encode()


def picture(samples: int, rng: Random) -> Image.Image:
    """A disk of light with grain: so many samples of 8 bits, three wide and two high."""
    width, height = int((samples * 1.5) ** 0.5), int((samples / 1.5) ** 0.5)
    light = Image.radial_gradient("L").resize((width, height)).point(lambda gray: gray // 16 * 14)
    noise = Image.frombytes("L", (width, height), rng.randbytes(width * height))
    return ImageChops.add(light, noise.point(lambda gray: gray % _GRAIN))


def placed(name: str, box: Box, half: int) -> bytes:
    """Shows a picture in the left (0) or right (1) half of the box, in its upper part."""
    left, bottom, width, height = box
    x = left + width * (0.25 + 0.5 * half) - 0.24 * height
    size = f"{0.48 * height:.2f} 0 0 {0.32 * height:.2f}"
    return f"q {size} {x:.2f} {bottom + 0.67 * height:.2f} cm /{name} Do Q\n".encode()
