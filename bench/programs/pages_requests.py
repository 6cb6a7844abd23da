"""Pages with requests, one after the other, as the post fetched them.

python pages_requests.py URL TIMES [NAME=VALUE]   # a header
"""

from __future__ import annotations

import sys

import requests


def main(url: str, times: str, *headers: str) -> None:
    named = dict(header.split("=", 1) for header in headers)
    for _ in range(int(times)):
        requests.get(url, headers=named, timeout=60).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
