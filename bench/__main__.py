"""Measures and reports: `python -m bench`, `python -m bench --quick`, `python -m bench --help`."""

from __future__ import annotations

import argparse
import os
import platform
import sys

from bench import plot, post, report, waterfall
from bench.measure import ROOT, ProgramFailedError, compile_package
from bench.rounds import Plan, Results, measure, measure_scale

_BUILD = ROOT / "build" / "bench"
_RAW = _BUILD / "results.json"
_CACHE = _BUILD / "cache"
_SCALE = (34, 340, 1000)


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _parser().parse_args()
    kept = options.report or options.scale_only or (options.post_only and _RAW.exists())
    results = Results.load(_RAW) if kept else Results()
    if not options.report:
        results.machine = _machine()
        try:
            _measure(options, results)
        except (ProgramFailedError, KeyboardInterrupt) as error:
            print(f"bench: {error or 'stopped'}", file=sys.stderr)
            return 1
        finally:
            _save(results)
    tables = report.tables(results)
    print(tables)
    if options.write and results.runs:
        docs = ROOT / "docs"
        (docs / "bench.md").write_text(report.page(tables), "utf-8")
        (docs / "bench.svg").write_text(plot.draw(results), "utf-8")
        (docs / "waterfall.svg").write_text(waterfall.draw(results), "utf-8")
        print(f"Written: {docs}/bench.md, bench.svg, waterfall.svg; raw figures: {_RAW}")
    return 0


def _measure(options: argparse.Namespace, results: Results) -> None:
    compile_package()
    if not options.scale_only:
        places = tuple(int(n) for n in options.places.split(",")) if options.places else None
        only = tuple(options.only.split(",")) if options.only else ()
        if options.quick:
            options.rounds, places = 1, places or (8, 16)
        plan = Plan(options.rounds, places, only)
        if not options.post_only:
            measure(plan, _CACHE, results, lambda: _save(results))
        if not only or options.post_only:
            results.post = []
            post.measure(results, _CACHE, options.rounds)
    if options.scale or options.scale_only:
        results.scale = []
        measure_scale(_SCALE, options.size, _CACHE, results, min(3, options.rounds))


def _save(results: Results) -> None:
    if results.runs or results.scale or results.post:
        results.save(_RAW)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Compares the crawl with what people would use instead, on three lines.",
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="how often each program is run (default 5)")
    add("--quick", action="store_true", help="one round, 8 and 16 requests in flight")
    add("--only", help="only programs whose names begin so: crawl,aiohttp,…")
    add("--places", help="only these numbers of requests in flight: 8,16,…")
    add("--scale", action="store_true", help="then crawl books of 34, 340 and 1,000 chapters")
    add("--scale-only", action="store_true", help="do nothing else, and keep the other figures")
    add("--post-only", action="store_true", help="only the post's experiments, in the same way")
    add("--size", choices=("small", "full"), default="small", help="of those books' files")
    add("--report", action="store_true", help="measure nothing, report what was measured last")
    add("--no-write", dest="write", action="store_false", help="leave docs/ as it is")
    return parser


def _machine() -> dict[str, str]:
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return {
        "cores": str(cores),
        "system": platform.system(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main())
