"""What the copy's tests share: a site that nobody changes, and one that anybody may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dspguide.demo import Book, Site
from tests.mockserver import Server, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def book() -> Book:
    """The copy of the real book, small."""
    return Book.standard()


@pytest.fixture(scope="session")
def site(book: Book) -> Site:
    """A site that no test changes."""
    return Site(book)


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    """A faultless server of the unchanged site."""
    with serve(site) as running:
        yield running


@pytest.fixture
def changeable() -> Iterator[Server]:
    """A server of three chapters that a test may change as it likes."""
    with serve(Site(Book.standard(chapters=3))) as running:
        yield running
