"""One comparison of URLs: which are one site, which are one page, what a link leads to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspguide.urls import extension, follow, page_key, same_page, same_site

SITE = "http://www.example.org/book/"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "https://www.example.org",
        "https://EXAMPLE.org:443/",
        "HTTP://example.org.:80",
    ],
)
def test_https_and_http_with_and_without_www_are_one_site(url: str) -> None:
    assert same_site(url, SITE)


@pytest.mark.parametrize(
    "url",
    ["http://example.org:8080/", "http://evil-example.org/", "http://example.org.evil/", "ftp://example.org",
     "http://example.org@evil.test/", "http://[", "http://example.org:99999/", "", "mailto:a@b.c"],
)  # fmt: skip
def test_another_port_or_a_similar_name_is_another_site(url: str) -> None:
    assert not same_site(url, SITE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://[::1]:8000/a", "http://[0:0:0:0:0:0:0:1]:8000/a"),
        ("http://b\u00fccher.test/a", "http://xn--bcher-kva.test/a"),
        ("http://a.test/x y.pdf", "http://a.test/x%20y.pdf"),
        ("http://a.test/%7Ex/%c3%a4.pdf", "http://a.test/~x/\u00e4.pdf"),
        ("http://a.test", "https://www.a.test/#top"),
        ("http://a.test/c.pdf;jsessionid=1F2E", "http://a.test/c.pdf"),
        ("http://a.test/c.pdf;jsessionid=1F2E?id=7", "http://a.test/c.pdf;jsessionid=99?id=7"),
        ("http://a.test/get?PHPSESSID=abc&id=7", "http://a.test/get?id=7&PHPSESSID=def"),
        ("http://a.test/get?id=7&sid=0123456789abcdef01", "http://a.test/get?id=7"),
    ],
)
def test_one_page_in_two_spellings_is_one_page(one: str, other: str) -> None:
    assert same_page(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.test/c.pdf", "http://a.test/C.PDF"),
        ("http://a.test/get?id=7", "http://a.test/get?id=8"),
        ("http://a.test/get?sid=7", "http://a.test/get?sid=8"),
        ("http://a.test/a%2Fb", "http://a.test/a/b"),
        ("http://[::1]/a", "http://[::2]/a"),
    ],
)
def test_what_may_be_another_page_is_another_page(one: str, other: str) -> None:
    assert not same_page(one, other)


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("ch1.htm", f"{SITE}ch1.htm"),
        (r"\book\ch1.htm", f"{SITE}ch1.htm"),
        (r"http:\\www.example.org\a.pdf", "http://www.example.org/a.pdf"),
        (r"get.php?file=a\b", f"{SITE}get.php?file=a\\b"),
        (" ch1\n.htm\t", f"{SITE}ch1.htm"),
        ("//cdn.test/a.pdf#page=3", "http://cdn.test/a.pdf"),
        ("../CH1.PDF", "http://www.example.org/CH1.PDF"),
        ("ch01: A Tour.pdf", f"{SITE}ch01: A Tour.pdf"),
        ("http://user:secret@a.test/b", "http://a.test/b"),
        ("a.pdf;jsessionid=1F?PHPSESSID=2&x=1", f"{SITE}a.pdf?x=1"),
        ("http://[::1]:81/a", "http://[::1]:81/a"),
        ("#top", SITE),
    ],
)
def test_a_link_leads_where_browsers_go(href: str, url: str) -> None:
    assert follow(href, SITE) == url


@pytest.mark.parametrize(
    "href",
    ["mailto:a@b.c", "javascript:void(0)", "http://[", "http://a.test:99999/", "data:,x",
     "http://a.test:0/", "http://a b.test/"],
)  # fmt: skip
def test_a_link_to_nothing_leads_nowhere(href: str) -> None:
    assert follow(href, SITE) is None


@pytest.mark.parametrize(
    ("url", "ending"),
    [
        ("http://a.test/C.PDF", "pdf"),
        ("http://a.test/x.ps.gz?y=.pdf", "ps.gz"),
        ("http://a.test/7/", ""),
        ("http://a.test/a.b/c", ""),
        ("http://a.test/x.pdf;jsessionid=1", "pdf"),
    ],
)
def test_the_ending_is_the_paths(url: str, ending: str) -> None:
    assert extension(url) == ending


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_may_stand_for_a_url(one: str, other: str) -> None:
    page_key(one)
    same_site(one, other)
    extension(one)
    url = follow(one, "http://a.test/" + other)
    assert url is None or url.startswith("http")
