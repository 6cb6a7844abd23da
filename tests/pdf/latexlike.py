"""Chapters as LaTeX books have them, set with typst.

Numbered headings up to three levels deep, running heads, captions "Figure 8.3:", equations
"(8.3)" at the right margin, lists, theorems, tables, exercises and references. Where the headings
came to stand is asked of typst itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from random import Random

import pikepdf
import typst

_WORDS = ["signal", "noise", "filter", "window", "kernel", "response", "sample", "wave", "phase"]
_WORDS += ["band", "circuit", "measure", "method", "value", "level", "sensor", "channel", "carrier"]
_WORDS += ["pulse", "detector", "spectrum", "transform", "buffer", "amplifier"]

_SOURCE = r"""
#set document(date: none)
#let chapter = context counter(heading).get().first()
#let section = context {
  let on = query(heading.where(level: 2)).filter(h => h.location().page() <= here().page())
  if on.len() > 0 {
    numbering("1.1", ..counter(heading).at(on.last().location()))
    [ #on.last().body]
  }
}
#let title = "@title@"
#set page(width: @width@pt, height: @height@pt, margin: @margin@pt)
#set page(header: context if here().page() > 1 {
  let n = counter(page).get().first()
  [@header@]
}, footer: context {
  let n = counter(page).get().first()
  if here().page() == 1 [@opening_footer@] else [@footer@]
})
#set text(font: "@font@", size: @size@pt, hyphenate: true, lang: "en")
#set par(justify: true, first-line-indent: 1em, spacing: 0.65em)
#set math.equation(numbering: n => context [(#counter(heading).get().first().#n)])
#set figure(numbering: n => context numbering("1.1", counter(heading).get().first(), n))
#set heading(numbering: "1.1")
#show heading.where(level: 1): it => block(above: 60pt, below: 40pt)[
  #text(size: 1.7em)[Chapter #counter(heading).display()] \ #v(6pt) #text(size: 2em, it.body)]
@show@
#counter(heading).update(@before@)
#counter(page).update(@first@)
"""
_REPORT = r"""
#context [#metadata(query(heading).map(h => (
  counter(heading).at(h.location()).map(str).join("."), h.location().page() - 1))) <headings>]
"""


@dataclass(frozen=True)
class Style:
    """How a book is set, in points; ``show``, ``header`` and ``footer`` are typst code.

    ``n`` is the page's number there, ``section`` and ``title`` are of the page and the chapter.
    """

    width: float = 455
    height: float = 655
    margin: float = 72
    size: float = 10
    font: str = "New Computer Modern"
    show: str = ""
    header: str = "#if calc.even(n) [#n #h(1fr) _#title;_] else [_#section;_ #h(1fr) #n]"
    footer: str = ""
    opening_footer: str = "#align(center)[#n]"


@dataclass(frozen=True)
class Made:
    """A chapter's file, the numbers of its headings by 0-based page index, and its labels."""

    data: bytes
    headings: tuple[tuple[str, int], ...]
    labels: tuple[str, ...]


def make_chapter(
    number: int, title: str, *, sections: int = 6, style: Style | None = None, first: int = 1
) -> Made:
    """Set a chapter of so many sections whose pages are numbered from ``first`` on.

    The file has no outline and no page labels of its own.
    """
    style = style or Style()
    values = vars(style) | {"title": title, "before": number - 1, "first": first}
    source = _SOURCE
    for name, value in values.items():
        source = source.replace(f"@{name}@", str(value))
    source += "\n".join(_body(title, sections, Random(f"{number} {title}"))) + _REPORT
    found = json.loads(typst.query(source.encode(), "<headings>", field="value", one=True))
    with pikepdf.open(BytesIO(typst.compile(source.encode(), pdf_tags=False))) as pdf:
        for key in ("/Outlines", "/PageLabels"):
            if key in pdf.Root:
                del pdf.Root[key]
        out = BytesIO()
        pdf.save(out, static_id=True)
        pages = len(pdf.pages)
    labels = tuple(str(first + index) for index in range(pages))
    return Made(out.getvalue(), tuple((mark, page) for mark, page in found), labels)


def _body(title: str, sections: int, rng: Random) -> list[str]:
    """The chapter's text; each section has what may be mistaken for a heading or a number."""
    lines = [f"= {title}", _paragraph(rng)]
    for number in range(1, sections + 1):
        lines += [f"== {_title(rng)}", _paragraph(rng), _paragraph(rng)]
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            lines += [f"=== {_title(rng)}", _paragraph(rng), rng.choice(_TRAPS)]
            if rng.random() < 0.3:
                lines += [f"==== {_title(rng)}", _paragraph(rng)]
        lines += [rng.choice(_TRAPS), _paragraph(rng)]
        if number == sections:
            exercises = (f"+ {_sentence(rng)}" for _ in range(6))
            lines += [f"#set enum(numbering: n => [*#chapter;.#n*])\n{chr(10).join(exercises)}"]
    return lines


_TRAPS = (
    "$ y[n] = sum_(k=0)^(M-1) h[k] x[n-k] $",
    "#figure(rect(width: 60%, height: 70pt), caption: [Response of the circuit])",
    "#figure(table(columns: 3, ..range(1, 22).map(n => [#chapter;.#n])), caption: [Values])",
    "+ *First* of all comes the source\n+ Then comes what is heard\n+ *Last comes the rest*",
    "*Theorem #chapter;.2.* _Every band has an end, as we said in 1995._",
    "#chapter;.81 metres per second are the speed of it, see #chapter;.2 and #chapter;.3 above.",
    "A note.#footnote[As others said in 1995.] Another.#footnote[Said by none.]",
    "```\n1 for n in range(3):\n2     wait(n)\n3     print(n)\n```",
)


def _sentence(rng: Random) -> str:
    words = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(6, 14)))
    return f"{words.capitalize()}."


def _paragraph(rng: Random) -> str:
    return "\n" + " ".join(_sentence(rng) for _ in range(rng.randint(4, 10))) + "\n"


def _title(rng: Random) -> str:
    return " ".join(rng.choice(_WORDS).capitalize() for _ in range(rng.randint(1, 9)))
