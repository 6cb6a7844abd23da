"""The Scientist and Engineer's Guide to Digital Signal Processing, at www.dspguide.com."""

from __future__ import annotations

from dspguide.spiders.base import BookSpider


class DspguideSpider(BookSpider):
    """The home page links "The Book by Chapters", that page each chapter's page, and that its PDF.

    The contents page lists the chapters twice, below the headings of parts and as a bare tree; both
    listings and the one PDF on a chapter's page are found by their shapes.
    """

    name = "dspguide"
    start_url = "http://www.dspguide.com/"
    part_headings = "#columnRight h2"  # a book of one part has one heading, like a list's own
    permitted_use = "Free to download for personal use. Not to be redistributed."
