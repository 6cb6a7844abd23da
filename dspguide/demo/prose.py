"""Invented prose: the same words for the same random numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dspguide.demo.data import PROSE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_REFERENCE = re.compile(r"\[(.*?)\]")


def sentences(rng: Random, count: int) -> str:
    """So many sentences in one paragraph."""
    return " ".join(_sentence(rng) for _ in range(count))


def _sentence(rng: Random) -> str:
    pieces = ("openers", "subjects", "verbs", "objects", "endings")
    text = "{}{} {} {}{}.".format(*(rng.choice(PROSE[piece]) for piece in pieces))
    return text[0].upper() + text[1:]


def filled(rng: Random, required: Sequence[str], characters: int, titles: Sequence[str]) -> str:
    """The required sentences in order between others; at most so many characters if they allow it.

    Now and then a sentence names a section, as books do.
    """
    found = list(required)
    length = sum(map(len, found)) + len(found)
    while True:
        title = rng.choice(titles)
        more = f"{title} takes this up again." if rng.random() < 0.03 else _sentence(rng)
        length += len(more) + 1
        if length > characters:
            return " ".join(found)
        found.insert(int(rng.random() * (len(found) + 1)), more)


def referring(rng: Random, kind: str, numbers: Sequence[str]) -> tuple[str, list[str]]:
    """A sentence that refers to one or two things, and the words by which it does."""
    spellings = PROSE[f"{kind}_references"]
    form = rng.choice([text for text in spellings if text.count("[") == len(numbers)])
    text = form.format(*numbers, subject=rng.choice(PROSE["subjects"]))
    return _REFERENCE.sub(r"\1", text), _REFERENCE.findall(text)
