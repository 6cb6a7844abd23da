"""Invented prose: the same words for the same number, on every Python."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUBJECTS = [
    "the signal",
    "a sampled tone",
    "each reading",
    "the running sum",
    "this small box",
    "a patient listener",
    "the noise floor",
    "the last sample",
    "an honest meter",
    "the upper branch",
    "a second filter",
    "the slow drift",
    "our test bench",
    "the measured curve",
    "any steady sine",
    "the student's sketch",
    "the left channel",
    "a narrow gate",
    "the carrier",
]
_VERBS = [
    "carries",
    "hides",
    "follows",
    "answers",
    "shapes",
    "outlives",
    "repeats",
    "measures",
    "weakens",
    "reveals",
    "passes",
    "tolerates",
    "resembles",
    "replaces",
    "explains",
    "limits",
    "survives",
    "smooths",
    "divides",
]
_OBJECTS = [
    "what the eye would miss",
    "a ramp of equal steps",
    "the energy of the pulse",
    "every other point",
    "the edge in the middle",
    "a rounding of half a bit",
    "the tail of the response",
    "two decades of tones",
    "the table on the next page",
    "a scale drawn by hand",
    "its own echo",
    "most of the hum",
    "the sum of its neighbors",
    "the price of a good part",
    "more than theory asks for",
    "the width of the bin",
]
_OPENERS = [
    "",
    "In practice, ",
    "On paper, ",
    "As a rule of thumb, ",
    "Seen this way, ",
    "Once more, ",
    "With fewer points, ",
    "At first sight, ",
    "For a short record, ",
    "Left alone, ",
]
_ENDINGS = [
    "",
    ", as the figure shows",
    ", and nobody minds",
    ", give or take a step",
    ", which is why shops stock it",
    ", day after day",
    ", unless the clock is late",
    ", at no extra cost",
    ", with room to spare",
]


def pick(rng: Random, choices: Sequence[str]) -> str:
    """One of the choices; `Random.choice` may change between Pythons, `random` does not."""
    return choices[int(rng.random() * len(choices))]


def sentence(rng: Random) -> str:
    """One sentence, with its full stop."""
    opener = pick(rng, _OPENERS)
    text = (
        f"{opener}{pick(rng, _SUBJECTS)} {pick(rng, _VERBS)} {pick(rng, _OBJECTS)}"
        f"{pick(rng, _ENDINGS)}."
    )
    return text[0].upper() + text[1:]


def sentences(seed: int, count: int) -> list[str]:
    """So many sentences, the same ones for the same seed."""
    rng = Random(seed)  # noqa: S311 - to repeat, not to hide
    return [sentence(rng) for _ in range(count)]
