"""The book with requests, Beautiful Soup and pypdf, one request after the other.

python sync_requests.py START_PAGE BOOK
"""

from __future__ import annotations

import io
import re
import sys
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup
from pypdf import PdfReader, PdfWriter


def links(session: requests.Session, url: str, pattern: str) -> list[str]:
    """Return the addresses on a page that match, each once."""
    response = session.get(url, timeout=60)
    response.raise_for_status()
    page = BeautifulSoup(response.text, "html.parser")
    found = (urljoin(url, str(a["href"])) for a in page.find_all("a", href=True))
    return list(dict.fromkeys(link for link in found if re.search(pattern, link)))


def main(start: str, path: str) -> None:
    book = PdfWriter()
    with requests.Session() as session:
        contents = links(session, start, r"/pdfbook\.htm$")[0]
        for chapter in links(session, contents, r"/ch\d+\.htm$"):
            pdf = links(session, chapter, r"\.PDF$")[0]
            response = session.get(pdf, timeout=60)
            response.raise_for_status()
            book.append(PdfReader(io.BytesIO(response.content)))
    with open(path, "wb") as file:  # noqa: PTH123  # as people write it
        book.write(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
