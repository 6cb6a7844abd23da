"""Draw a finished book as a reader shows it: the outline at the left, a chapter's first two pages.

python docs/picture.py output/demo/dspguide.pdf docs/book.png [--chapter 9]
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

WIDTH, HEIGHT = 1600, 860
BAR, PANEL, MARGIN = 44, 470, 24
STEP, TEXT = 29, 17  # pixels from row to row of the outline, and size of its text
SCROLL = 8  # pixels that the scroll bar is wide
INK, FAINT, ACCENT = "#1f2328", "#6e7681", "#0b57d0"
PANEL_COLOUR, DESK, BAR_COLOUR, CHOSEN = "#f6f8fa", "#d0d7de", "#24292f", "#dbe9fd"
SHADOW = "#9aa4ae"
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
    """The outline with the printed numbers, as far as there is room."""
    draw.rectangle((0, BAR, PANEL, HEIGHT), fill=PANEL_COLOUR)
    font = ImageFont.load_default(size=TEXT)
    room = (HEIGHT - BAR - STEP // 2) / STEP
    for number, row in enumerate(rows[: int(room) + 1]):
        y = BAR + (number + 0.8) * STEP
        if row is chosen:
            draw.rectangle((0, y - STEP / 2, PANEL, y + STEP / 2), fill=CHOSEN)
        x = 28 + row.level * 24
        if row.has_more:
            triangle(draw, x - 13, y, row.level < chosen.level or row is chosen)
        colour = INK if row.level <= chosen.level else ACCENT
        text = shorten(draw, row.title, font, PANEL - x - 80)
        draw.text((x, y), text, colour, font, anchor="lm")
        draw.text((PANEL - 26, y), label(document, row.index), FAINT, font, anchor="rm")
    if len(rows) > room:
        length = (HEIGHT - BAR - 8) * room / len(rows)
        box = (PANEL - SCROLL - 4, BAR + 4, PANEL - 4, BAR + 4 + length)
        draw.rounded_rectangle(box, SCROLL / 2, fill=DESK)


def draw_pages(
    image: Image.Image, draw: ImageDraw.ImageDraw, document: pypdfium2.PdfDocument, index: int
) -> None:
    """The page at a 0-based index and the next one, as large as there is room."""
    pages = [document[n] for n in range(index, min(index + 2, len(document)))]
    room = (WIDTH - PANEL - MARGIN) / len(pages) - MARGIN
    for number, page in enumerate(pages):
        width, height = page.get_size()
        scale = min(room / width, (HEIGHT - BAR - 2 * MARGIN) / height)
        picture = page.render(scale=scale).to_pil()
        x = round(PANEL + MARGIN + number * (room + MARGIN) + (room - picture.width) / 2)
        y = BAR + (HEIGHT - BAR - picture.height) // 2
        draw.rectangle((x + 3, y + 3, x + picture.width + 3, y + picture.height + 3), SHADOW)
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
    draw_pages(image, draw, document, chosen.index)
    draw_bar(draw, document, chosen.index)
    document.close()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("book", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--chapter", type=int, default=9, help="by its place, from 1")
    options = parser.parse_args()
    draw_book(options.book, options.picture, options.chapter)


if __name__ == "__main__":
    main()
