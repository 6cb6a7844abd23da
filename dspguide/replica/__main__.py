"""Serves the replica by itself: `python -m dspguide.replica --size full --latency 0.05`.

Prints the site's address, one line, and then, with --control, that of the control port. Runs until
it is killed, interrupted, or the pipe that is its standard input is closed.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import stat
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from dspguide.replica.book import Book
from dspguide.replica.control import Control
from dspguide.replica.faults import load_faults
from dspguide.replica.server import serve
from dspguide.replica.site import Site

_SWITCHES = ("ranges", "etags", "last-modified", "content-length", "conditional", "keep-alive")


def main(arguments: list[str] | None = None) -> int:
    """Runs the server; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        _serve(options)
    except KeyboardInterrupt:
        return 130
    return 0


def _serve(options: argparse.Namespace) -> None:
    book = Book.standard(options.size, options.chapters, old_set=options.old_set)
    site = Site(book, base=options.base, cache=options.cache)
    if options.warm:
        site.warm(processes=options.processes or None)
    with ExitStack() as stack:
        log = stack.enter_context(options.log.open("w", encoding="utf-8")) if options.log else None
        server = stack.enter_context(
            serve(
                site,
                faults=load_faults(options.faults) if options.faults else (),
                latency=options.latency,
                rate=options.rate,
                total_rate=options.total_rate,
                tls=_tls(options.tls) if options.tls else None,
                host=options.host,
                port=options.port,
                log=log,
                **{
                    name.replace("-", "_"): not getattr(options, f"no_{name.replace('-', '_')}")
                    for name in _SWITCHES
                },
            )
        )
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        ports = {"url": server.url, "port": server.port}
        if options.control:
            control = Control(server)
            control.start()
            stack.callback(control.close)
            sys.stdout.write(f"{control.url}\n")
            sys.stdout.flush()
            ports["control"] = control.url
        if options.port_file:
            _write_whole(options.port_file, json.dumps(ports))
        _until_told_to_stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dspguide.replica", description=__doc__)
    add = parser.add_argument
    add("--size", choices=("small", "full"), default="small")
    add("--chapters", type=int, help="so many instead of 34")
    add("--old-set", action="store_true", help="the PDFs of 1999")
    add("--cache", type=Path, help="directory that keeps generated PDFs")
    add("--processes", type=int, default=1, help="to generate PDFs with; 0 is one per core")
    add(
        "--lazy", dest="warm", action="store_false", help="make each PDF when it is first asked for"
    )
    add("--base", help="what absolute links begin with; default is the address asked for")
    add("--latency", type=float, default=0.0, help="seconds before each answer")
    add("--rate", type=float, help="bytes per second of each connection")
    add("--total-rate", type=float, help="bytes per second of all connections together")
    add("--faults", type=Path, help="JSON file with a list of faults")
    add("--log", type=Path, help="file that gets a JSON line per request")
    add("--control", action="store_true", help="open a control port, too")
    add("--port-file", type=Path, help="file that gets the addresses as JSON, once they answer")
    add("--tls", type=Path, help="PEM file with certificate and key")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0)
    for name in _SWITCHES:
        add(f"--no-{name}", action="store_true")
    return parser


def _tls(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _write_whole(file: Path, text: str) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_text(text, "utf-8")
    part.replace(file)


def _until_told_to_stop() -> None:
    """Waits for the end of standard input where that is a pipe, else for a signal."""
    if sys.stdin is not None and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        sys.stdin.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
