"""Templates of this package, filled in so that no text of a site's becomes markup."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from dspguide.book.outcome import count, megabytes

if TYPE_CHECKING:
    from jinja2 import Template

# What HTML has no place for: control characters other than white space, and surrogates.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def render(template: str, **values: Any) -> str:
    """Return a template of this package with these values in it, escaped."""
    return compile_template(template).render(values)


def compile_template(name: str) -> Template:
    """Return a template of this package; the first time takes a while."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    folder = files(__package__)
    environment = Environment(
        # Not PackageLoader, which reads a zipped package by what zipimport keeps private.
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": count, "megabytes": megabytes, "seconds": _seconds}
    environment.tests["web"] = _is_web
    return environment


def _printable(value: Any) -> Any:
    """Return what is shown of a value: a dash for what is not known."""
    if isinstance(value, Markup):
        return value
    return "–" if value is None else _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _seconds(moment: float | None, since: float | None = 0.0) -> str | None:
    return None if moment is None or since is None else f"{moment - since:.3f}"


def _is_web(url: str | None) -> bool:
    return url is not None and re.match(r"https?://", url, re.IGNORECASE) is not None
