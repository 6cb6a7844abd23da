"""Chapters as LaTeX books have them that refer to each other, and where each reference leads."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import NamedTuple

import typst

_SOURCE = r"""
#set document(date: none)
#let number = @number@
#let title = "@title@"
#set page(width: 430pt, height: 620pt, margin: 62pt)
#set page(header: context if here().page() > 1 {
  let n = counter(page).get().first()
  if calc.even(n) [#n #h(1fr) _Chapter #number. #title;_] else [_#title;_ #h(1fr) #n]
}, footer: context if here().page() == 1 { align(center, counter(page).display()) })
#set text(font: "New Computer Modern", size: 10pt, hyphenate: true, lang: "en")
#set par(justify: true, first-line-indent: 1em, spacing: 0.65em)
#set math.equation(numbering: n => [(#number;.#n)])
#set figure(numbering: n => [#number;.#n], gap: 9pt)
#show figure.where(kind: table): set figure.caption(position: top)
#set heading(numbering: "1.1")
#show heading.where(level: 1): it => block(above: 60pt, below: 40pt)[
  #text(size: 17pt, weight: "bold")[@opening@ #counter(heading).display()] \ #v(6pt)
  #text(size: 20pt, it.body)]
#let ref-to(kind, name, words) = [#metadata((kind, name))<reference>#words]
#let target(kind, name) = [#metadata((kind, name))<target>]
#counter(heading).update(@before@)
#counter(page).update(@first@)
"""
_REPORT = r"""
#context [#metadata((<reference>, <target>).map(of => query(of).map(m => (
  m.value.at(0), m.value.at(1), m.location().page() - 1)))) <report>]
"""
_FILLER = "Slow signals outlive the wire that carries them, and no meter minds a patient listener."
_FIGURE = (
    '#figure(rect(width: 60%, height: 60pt), caption: [#target("figure", "{}")'
    "Response near Figure 1.1 and its kin])"
)
_TABLE = (
    "#figure(table(columns: 3, ..range(1, 7).map(n => [1.#n])), "
    'caption: [#target("table", "{}")Values of it])'
)
#: What names things of other books, or nothing at all; each must stay without a link.
NO_REFERENCES = (
    "see Chapter 2 of [12] for more",
    "as in Knuth's Figure 1.1 and in [7, Section 1.2] too",
    "a proof is in Section 1.2 of that book",
    "Smith (1997), Chapter 2, says the same",
    "Figure 1.1 of Oppenheim is older",
    "compare Table 1.1 of the Handbook of Noise",
    "by Oppenheim, Chapter 2, in full",
    "there are 3 chapters on it, and page after page of tables",
    "In Proc. of Signals, pages 2–4, 1998",
)


class Referring(NamedTuple):
    """A chapter: its file, and kind, number and 0-based page of references and of targets."""

    number: int
    title: str
    data: bytes
    references: tuple[tuple[str, str, int], ...]
    targets: tuple[tuple[str, str, int], ...]


def refer(kind: str, name: str, words: str) -> str:
    """Words in typst's syntax that refer to something."""
    return f'#ref-to("{kind}", "{name}")[{words}]'


def make(
    number: int, title: str, first: int, chapters: int, *, opening: str = "Chapter"
) -> Referring:
    """Set a chapter of a book of so many, whose pages are numbered from ``first`` on."""
    values = {"number": number, "title": title, "before": number - 1, "first": first}
    source = _SOURCE
    for name, value in (values | {"opening": opening}).items():
        source = source.replace(f"@{name}@", str(value))
    source += "\n".join(_body(number, title, chapters, Random(number))) + _REPORT
    references, targets = json.loads(
        typst.query(source.encode(), "<report>", field="value", one=True)
    )
    data = typst.compile(source.encode(), pdf_tags=False)
    assert isinstance(data, bytes)
    return Referring(number, title, data, tuple(map(tuple, references)), tuple(map(tuple, targets)))


def _body(number: int, title: str, chapters: int, rng: Random) -> list[str]:
    lines = [f'#target("chapter", "{number}")', f"= {title}", _FILLER * 3]
    for section in range(1, 4):
        lines += [
            f'#target("section", "{number}.{section}")\n== Ways to Listen',
            f"{_FILLER} {_FILLER} {rng.choice(_sentences(chapters, rng))}\n",
            _FIGURE.format(f"{number}.{section}"),
            f'#target("section", "{number}.{section}.1")\n=== On Closer Look',
        ]
        lines += [f"{sentence} {_FILLER}\n" for sentence in _sentences(chapters, rng)]
        lines += [
            f'#target("equation", "{number}.{section}")\n$ y[n] = sum_(k=0)^(M-1) h[k] x[n-k] $',
            f"{_FILLER} {rng.choice(NO_REFERENCES)}. {_FILLER}\n",
            _TABLE.format(f"{number}.{section}"),
            f"{_FILLER} {_FILLER}\n",
        ]
    return lines


def _sentences(chapters: int, rng: Random) -> list[str]:
    """References in all spellings, to chapters, sections, figures and so on of the book."""

    def name() -> tuple[int, int]:
        return rng.randint(1, chapters), rng.randint(1, 3)

    def one(kind: str, words: str) -> str:
        chapter, part = name()
        return refer(kind, f"{chapter}.{part}", words.format(f"{chapter}.{part}"))

    def several(kind: str, words: str, link: str) -> str:
        chapter, part = name()
        first, last = f"{chapter}.{part}", f"{chapter}.{part % 3 + 1}"
        return refer(kind, first, words.format(first)) + link + refer(kind, last, last)

    chapter, other = rng.randint(1, chapters), rng.randint(1, chapters)
    eq, (c, s) = f"{chapter}.{rng.randint(1, 3)}", name()
    deep = refer("section", f"{c}.{s}.1", f"Section {c}.{s}.1")
    by = refer("equation", eq, f"Eq. ({eq})")
    once = refer("chapter", str(chapter), f"Chapter {chapter}")
    again = refer("chapter", str(chapter), f"Chapters {chapter}")
    figures = several("figure", "Figures {}", "–")
    return [
        f"It is {one('figure', 'Figure {}')} that shows it ({one('figure', 'Fig. {}a')}).",
        f"{figures} and {several('table', 'Tables {}', ' and ')} go on.",
        f"By {by} and {one('equation', 'Equation ({})')} it is so.",
        f"Of {one('table', 'Table {}')} and {one('section', 'Section {}')} more is said here.",
        f"{deep} goes deeper than {one('section', '§{}')}.",
        f"In {once} nobody asks; see {again} and {refer('chapter', str(other), str(other))}.",
    ]


def expected(chapters: list[Referring], before: list[int]) -> Counter[tuple[int, int]]:
    """From which page of the book to which the links lead; ``before`` are pages before chapters."""
    places = {
        (kind, name): first + page
        for chapter, first in zip(chapters, before, strict=True)
        for kind, name, page in chapter.targets
    }
    return Counter(
        (first + page, places[kind, name])
        for chapter, first in zip(chapters, before, strict=True)
        for kind, name, page in chapter.references
    )
