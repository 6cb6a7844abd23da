"""Number and title are told apart in the spellings that books have, and no title is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspguide.pages.text import comparable
from dspguide.pages.wording import read_wording


@pytest.mark.parametrize(
    ("line", "number", "title"),
    [
        ("Chapter 4 - Convolution", "4", "Convolution"),
        ("Chapter\u00a04\u00a0\u2013\u00a0Convolution", "4", "Convolution"),
        ("Chapter 4Convolution", "4", "Convolution"),
        ("CHAPTER FOUR: Convolution", "FOUR", "Convolution"),
        ("Chapters 3-4: Two", "3-4", "Two"),
        ("Chapters 3 and 4: Two", "3-4", "Two"),
        ("Chapter 7 - 1984", "7", "1984"),
        ("Chapter 3a. Between", "3a", "Between"),
        ("Chapter 5 (Five)", "5", "(Five)"),
        ("Lesson 3: Verbs", "3", "Verbs"),
        ("Kapitel 1: Anfang", "1", "Anfang"),
        ("1. Kapitel: Anfang", "1", "Anfang"),
        ("Cap\u00edtulo IV. Fin", "IV", "Fin"),
        ("\u0413\u043b\u0430\u0432\u0430 2. \u0421\u0438\u0433\u043d\u0430\u043b\u044b", "2",
         "\u0421\u0438\u0433\u043d\u0430\u043b\u044b"),
        ("\u7b2c3\u7ae0\u3000\u5bfc\u8a00", "3", "\u5bfc\u8a00"),
        ("\u7b2c\u4e09\u7ae0\u5bfc\u8a00", "\u4e09", "\u5bfc\u8a00"),
        ("Appendix B", "B", "Appendix B"),
        ("Appendix B: Tables", "B", "Tables"),
        ("Appendix: Tables", None, "Appendix: Tables"),
        ("app-A Signs", "A", "Signs"),
        ("7.", "7", "7."),
        ("4: Convolution", "4", "Convolution"),
        ("4. Convolution", "4", "Convolution"),
        ("(4) Convolution", "4", "Convolution"),
        ("\uff14\uff1aConvolution", "4", "Convolution"),
        ("IV. Wells", "IV", "Wells"),
        ("A. Tables", "A", "Tables"),
        ("1.2 Sections", "1.2", "Sections"),
        ("A1.1 Sections", "A1.1", "Sections"),
        ("A Tale of Two Cities", None, "A Tale of Two Cities"),
        ("I/O Devices", None, "I/O Devices"),
        ("U.S. History", None, "U.S. History"),
        ("3D Graphics", None, "3D Graphics"),
        ("4-Bit Computers", None, "4-Bit Computers"),
        ("Part of it all", None, "Part of it all"),
        ("Chapter summaries", None, "Chapter summaries"),
        ("ill. And so", None, "ill. And so"),
        ("(lil) Part", None, "(lil) Part"),
        ("Preface", None, "Preface"),
    ],
)  # fmt: skip
def test_number_and_title_are_told_apart(line: str, number: str | None, title: str) -> None:
    wording = read_wording(line)
    assert (wording.number and wording.number.text, wording.title) == (number, title)


@pytest.mark.parametrize("line", ["50 Years of Sound", "4 Processes", "IV Wells"])
def test_a_number_without_a_sign_may_belong_to_the_title(line: str) -> None:
    assert not read_wording(line).sure


@pytest.mark.parametrize(
    "line",
    ["Chapter 4x7 - A", "Chapter vier: A", "Chapter " + "9" * 5000 + " - A", "Chapter ? - A"],
)
def test_a_chapter_whose_number_cannot_be_read_is_known_as_one(line: str) -> None:
    wording = read_wording(line)
    assert wording.unreadable
    assert wording.number is None


@given(
    st.sampled_from(["", "Chapter ", "Appendix ", "Lesson ", "Part "]),
    st.sampled_from(["1", "12", "IV", "B", "3-4", "", "999999", "1.1"]),
    st.sampled_from([" - ", ": ", ". ", " ", "", " \u2212 ", " \ufffd "]),
    st.text(max_size=40),
)
def test_no_title_is_ever_lost(word: str, number: str, dash: str, title: str) -> None:
    wording = read_wording(f"{word}{number}{dash}{title}")
    assert wording.title or not wording.text
    assert comparable(title) in comparable(wording.title + wording.text)


@given(st.text(max_size=300))
def test_any_text_is_read(line: str) -> None:
    wording = read_wording(line)
    assert "\n" not in wording.title
