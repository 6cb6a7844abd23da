"""What the tests of the synthetic copy of the site share."""

from __future__ import annotations

import pytest

from dspguide.demo import Book, Site


@pytest.fixture(scope="session")
def book() -> Book:
    """The copy of the real book, small."""
    return Book.standard()


@pytest.fixture(scope="session")
def site(book: Book) -> Site:
    """A site that no test changes."""
    return Site(book)
