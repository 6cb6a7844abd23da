"""Pages with aiohttp, so many at once, as the post fetched them.

python pages_aiohttp.py URL TIMES CONCURRENCY [NAME=VALUE]   # a header
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp


async def fetch(url: str, times: int, concurrency: int, headers: dict[str, str]) -> None:
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def get() -> bytes:
            async with session.get(url) as response:
                response.raise_for_status()
                return await response.read()

        await asyncio.gather(*(get() for _ in range(times)))


def main(url: str, times: str, concurrency: str, *headers: str) -> None:
    named = dict(header.split("=", 1) for header in headers)
    asyncio.run(fetch(url, int(times), int(concurrency), named))


if __name__ == "__main__":
    main(*sys.argv[1:])
