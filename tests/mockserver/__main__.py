"""Serves the copy of the site by itself: `python -m tests.mockserver --size full --latency 0.05`.

Prints the site's address, one line. Ends when standard input does; lines there ask for more, and
each gets a line of JSON: "log" the account of all requests, "reset" forgets them, "faults [...]"
puts these in force.
"""

import argparse
import json
import sys
from pathlib import Path

from tests.mockserver.faults import Fault
from tests.mockserver.server import serve
from tests.mockserver.site import Book, Site


def main() -> None:
    """Runs the server until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.mockserver", description=__doc__)
    add = parser.add_argument
    add("--size", choices=("small", "full"), default="small")
    add("--chapters", type=int, help="so many instead of 34")
    add("--cache", type=Path, help="folder that keeps generated PDFs")
    add("--processes", type=int, help="make all PDFs at the start, in so many; 0: one per core")
    add("--latency", type=float, default=0.0, help="seconds before each answer")
    add("--rate", type=float, help="bytes per second of each connection")
    add("--more", type=json.loads, default={}, help='as JSON: {"port": 8000, "ranges": false}')
    options = parser.parse_args()
    site = Site(Book.standard(options.size, options.chapters), cache=options.cache)
    if options.processes is not None:
        site.warm(processes=options.processes or None)
    with serve(site, latency=options.latency, rate=options.rate, **options.more) as server:
        print(server.url, flush=True)
        for question in sys.stdin:
            command, _, value = question.strip().partition(" ")
            if command == "faults":
                server.faults = [Fault(**record) for record in json.loads(value)]
            elif command == "reset":
                server.reset()
            print(json.dumps(server.log() if command == "log" else {}), flush=True)


if __name__ == "__main__":
    main()
