"""Independent tools to look at a book with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
import pypdfium2

if TYPE_CHECKING:
    from pathlib import Path


def qpdf_status(path: Path) -> int:
    """Return the exit status of `qpdf --check`: 0 for a sound file, 3 for warnings, 2 for errors.

    Runs the qpdf that pikepdf brings along, which is there wherever the tests are.
    """
    job = pikepdf.Job(["qpdf", "--check", str(path)])
    try:
        job.run()
    except (pikepdf.PdfError, pikepdf.JobUsageError):
        return 2
    return int(job.exit_code)


def qpdf_check(path: Path) -> None:
    """Fail unless qpdf finds nothing at all to complain about."""
    assert qpdf_status(path) == 0, f"qpdf --check {path}"


def looks(source: Path | bytes, scale: float = 1.0) -> list[tuple[bytes, str]]:
    """The pixels and the text of every page."""
    document = pypdfium2.PdfDocument(source)
    found = []
    for page in document:
        bitmap = page.render(scale=scale)
        text = page.get_textpage()
        found.append((bytes(bitmap.buffer), text.get_text_range()))
        bitmap.close()
        text.close()
        page.close()
    document.close()
    return found
