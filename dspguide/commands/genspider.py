"""`scrapy genspider`, with one template more: `-t book`."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from scrapy.commands.genspider import Command as GenspiderCommand

if TYPE_CHECKING:
    import argparse

BOOK = "book"


class Command(GenspiderCommand):
    """Makes a spider from a template of Scrapy's, or from the one for a book.

    TEMPLATES_DIR would do that too, but in place of Scrapy's own templates.
    """

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        with as_file(files("dspguide.templates").joinpath("book.tmpl")) as template:
            # Both take a name or the path of a template.
            if opts.template == BOOK:
                opts.template = str(template)
            if opts.dump == BOOK:
                opts.dump = str(template)
            super().run(args, opts)
        if opts.list:
            print(f"  {BOOK}")
