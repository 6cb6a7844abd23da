"""Draw a finished book as a reader shows it: the outline at the left, a chapter's opening page.

python docs/picture.py BOOK.pdf docs/book.png [--chapter 6]
"""

from __future__ import annotations

import argparse
import ctypes
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1600, 1040
BAR, PANEL, MARGIN = 44, 640, 26
INK, FAINT, ACCENT = "#1f2328", "#6e7681", "#0b57d0"
PANEL_COLOUR, DESK, BAR_COLOUR, CHOSEN = "#f6f8fa", "#d0d7de", "#24292f", "#dbe9fd"
COLOURS = 64


@dataclass
class Row:
    """A line of the outline panel; ``index`` is the 0-based page index it leads to."""

    level: int
    title: str
    index: int
    has_more: bool


def outline(document: pypdfium2.PdfDocument) -> list[Row]:
    """Every entry of the outline in order."""
    rows = []
    for item in document.get_toc():
        destination = item.get_dest()
        index = destination.get_index() if destination else 0
        rows.append(Row(item.level, item.get_title(), index or 0, False))
    for row, following in pairwise(rows):
        row.has_more = following.level > row.level
    return rows


def label(document: pypdfium2.PdfDocument, index: int) -> str:
    """The printed number of the page at a 0-based index."""
    size = pdfium.FPDF_GetPageLabel(document, index, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDF_GetPageLabel(document, index, buffer, size)
    return buffer.raw[:size].decode("utf-16-le").rstrip("\0")


def shown(rows: list[Row], chapter: int) -> tuple[list[Row], Row]:
    """The rows of a panel in which parts and one chapter are open, and that chapter's row."""
    deepest = max(row.level for row in rows)
    level = max(deepest - 1, 0)
    chapters = [row for row in rows if row.level == level]
    chosen = chapters[min(chapter, len(chapters)) - 1]
    visible, is_open = [], False
    for row in rows:
        if row.level <= level:
            is_open = row is chosen
        if row.level <= level or is_open:
            visible.append(row)
    return visible, chosen


def shorten(
    draw: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room: float,
) -> str:
    """The text, cut with an ellipsis if it is wider than ``room`` pixels."""
    if draw.textlength(text, font) <= room:
        return text
    while text and draw.textlength(text + "...", font) > room:
        text = text[:-1]
    return text.rstrip() + "..."


def triangle(draw: ImageDraw.ImageDraw, x: float, y: float, is_open: bool) -> None:
    """The sign before an entry with others below it."""
    points = [(-4, -2.5), (4, -2.5), (0, 3.5)] if is_open else [(-2.5, -4), (-2.5, 4), (3.5, 0)]
    draw.polygon([(x + dx, y + dy) for dx, dy in points], fill=FAINT)


def draw_panel(
    draw: ImageDraw.ImageDraw, document: pypdfium2.PdfDocument, rows: list[Row], chosen: Row
) -> None:
    """The outline with the printed numbers."""
    draw.rectangle((0, BAR, PANEL, HEIGHT), fill=PANEL_COLOUR)
    step = min((HEIGHT - BAR - 2 * 12) / len(rows), 27.0)
    font = ImageFont.load_default(size=min(step * 0.66, 17))
    position = rows.index(chosen)
    for number, row in enumerate(rows):
        y = BAR + 12 + (number + 0.5) * step
        if row is chosen:
            draw.rectangle((0, y - step / 2, PANEL, y + step / 2), fill=CHOSEN)
        x = 26 + row.level * 24
        if row.has_more:
            triangle(draw, x - 13, y, row.level < chosen.level or number == position)
        colour = INK if row.level <= chosen.level else ACCENT
        printed = label(document, row.index)
        text = shorten(draw, row.title, font, PANEL - x - 80)
        draw.text((x, y), text, colour, font, anchor="lm")
        draw.text((PANEL - 20, y), printed, FAINT, font, anchor="rm")


def draw_page(
    image: Image.Image, draw: ImageDraw.ImageDraw, document: pypdfium2.PdfDocument, index: int
) -> None:
    """The page at a 0-based index, as large as there is room."""
    page = document[index]
    width, height = page.get_size()
    scale = min((WIDTH - PANEL - 2 * MARGIN) / width, (HEIGHT - BAR - 2 * MARGIN) / height)
    picture = page.render(scale=scale).to_pil()
    x = PANEL + (WIDTH - PANEL - picture.width) // 2
    y = BAR + (HEIGHT - BAR - picture.height) // 2
    draw.rectangle((x + 3, y + 3, x + picture.width + 3, y + picture.height + 3), fill="#9aa4ae")
    image.paste(picture, (x, y))


def draw_bar(draw: ImageDraw.ImageDraw, document: pypdfium2.PdfDocument, index: int) -> None:
    """The window's bar: the book's title, the printed number, and the page's place."""
    draw.rectangle((0, 0, WIDTH, BAR), fill=BAR_COLOUR)
    font = ImageFont.load_default(size=18)
    title = document.get_metadata_value("Title")
    draw.text((20, BAR / 2), title, "#ffffff", font, anchor="lm")
    where = f"page {label(document, index)}  ({index + 1} of {len(document)})"
    draw.text((WIDTH - 20, BAR / 2), where, "#d0d7de", font, anchor="rm")


def draw_book(book: Path, picture: Path, chapter: int) -> None:
    """Write the picture of a book."""
    document = pypdfium2.PdfDocument(book)
    rows, chosen = shown(outline(document), chapter)
    image = Image.new("RGB", (WIDTH, HEIGHT), DESK)
    draw = ImageDraw.Draw(image)
    draw_panel(draw, document, rows, chosen)
    draw_page(image, draw, document, chosen.index)
    draw_bar(draw, document, chosen.index)
    document.close()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("book", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--chapter", type=int, default=6, help="by its place, from 1")
    options = parser.parse_args()
    draw_book(options.book, options.picture, options.chapter)


if __name__ == "__main__":
    main()
