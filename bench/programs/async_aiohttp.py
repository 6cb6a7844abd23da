"""The book with aiohttp, Beautiful Soup and pypdf, several requests at once.

python async_aiohttp.py START_PAGE BOOK CONCURRENCY
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from urllib.parse import urljoin

import aiohttp
from bs4 import BeautifulSoup
from pypdf import PdfReader, PdfWriter


class Site:
    """Fetches pages and files, so many at once."""

    def __init__(self, session: aiohttp.ClientSession, concurrency: int) -> None:
        self._session = session
        self._places = asyncio.Semaphore(concurrency)

    async def get(self, url: str) -> bytes:
        async with self._places, self._session.get(url) as response:
            response.raise_for_status()
            return await response.read()

    async def links(self, url: str, pattern: str) -> list[str]:
        """Return the addresses on a page that match, each once."""
        page = BeautifulSoup(await self.get(url), "html.parser", from_encoding="utf-8")
        found = (urljoin(url, str(a["href"])) for a in page.find_all("a", href=True))
        return list(dict.fromkeys(link for link in found if re.search(pattern, link)))

    async def chapter(self, url: str) -> bytes:
        """Return the PDF that a chapter's page links to."""
        return await self.get((await self.links(url, r"\.PDF$"))[0])


async def fetch(start: str, concurrency: int) -> list[bytes]:
    """Return the PDFs in the order of the contents page."""
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:
        site = Site(session, concurrency)
        contents = (await site.links(start, r"/pdfbook\.htm$"))[0]
        chapters = await site.links(contents, r"/ch\d+\.htm$")
        return await asyncio.gather(*map(site.chapter, chapters))


def main(start: str, path: str, concurrency: str) -> None:
    book = PdfWriter()
    for body in asyncio.run(fetch(start, int(concurrency))):
        book.append(PdfReader(io.BytesIO(body)))
    with open(path, "wb") as file:  # noqa: PTH123  # as people write it
        book.write(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
