"""Appends PDFs and writes the book, as plainly as pypdf's manual does; prints the seconds.

python append_pypdf.py BOOK CHAPTER...
"""

from __future__ import annotations

import sys
import time

from pypdf import PdfWriter

began = time.perf_counter()
book = PdfWriter()
for chapter in sys.argv[2:]:
    book.append(chapter)
with open(sys.argv[1], "wb") as out:  # noqa: PTH123  # as people write it
    book.write(out)
print(time.perf_counter() - began)
