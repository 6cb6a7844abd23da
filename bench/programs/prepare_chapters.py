"""Prepares the copy's chapters, as the crawl's worker processes do; prints the seconds.

python prepare_chapters.py CHAPTER...
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from dspguide.demo import Book
from dspguide.pdf.model import ChapterPlan
from dspguide.pdf.preparation import prepare

plans = [
    ChapterPlan(str(one.number), one.title, one.part, tuple(s.title for s in one.sections))
    for one in Book.standard("full").chapters
]
began = time.perf_counter()
for position, (path, plan) in enumerate(zip(sys.argv[1:], plans, strict=True)):
    prepare(Path(path), plan, position)
print(time.perf_counter() - began)
