"""Whether bytes that may be damaged are a page's content."""

from __future__ import annotations

import re

#: All operators of ISO 32000-1, annex A.
_OPERATORS = frozenset(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K"
    b" k l m M MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w"
    b" W W* y ' \"".split()
)
#: Those after which a page may be over.
_LAST = frozenset(b"b B b* B* Do EI EMC ET EX f F f* n Q s S sh Tj TJ ' \"".split())
_TOKEN = re.compile(
    rb"""\s*(?:(?P<string>\() | <[0-9A-Fa-f\s]*> | (?P<open><<|\[) | (?P<close>>>|\])
    | /[^\s()<>\[\]{}/%]* | [-+]?[0-9.][0-9.+-]* | true\b | false\b | null\b
    | (?P<operator>[^\s()<>\[\]{}/%]+) )""",
    re.VERBOSE,
)
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_INLINE_END = re.compile(rb"\sEI(?=\s|$)")


def reads_as_content(data: bytes, *, closed: bool) -> bool:
    """Whether the bytes are operators from their first to their last, each whole.

    Without ``closed`` the bytes may go on, and also their last operator must be one that paints or
    ends something.
    """
    at, last, after_operator = 0, b"", True
    inside: list[bytes] = []
    end = len(data.rstrip())
    while at < end:
        match = _TOKEN.match(data, at)
        if match is None or not _is_closed_rightly(match, inside):
            return False
        at = match.end()
        operator = match["operator"]
        after_operator = operator is not None
        if match["string"]:
            at = _string_end(data, at)
        elif operator is not None:
            if operator not in _OPERATORS or inside:
                return False
            last = operator
            if operator == b"ID":  # an image's bytes, which may be any
                found = _INLINE_END.search(data, at)
                at, last = (found.end(), b"EI") if found else (0, b"")
        if not at:
            return False
    return after_operator and (closed or last in _LAST)


def _is_closed_rightly(match: re.Match[bytes], inside: list[bytes]) -> bool:
    """Take note of an array or dictionary that begins; False for the end of what is not open."""
    if match["open"]:
        inside.append(match["open"])
    if not match["close"]:
        return True
    return bool(inside) and inside.pop() + match["close"] in (b"<<>>", b"[]")


def _string_end(data: bytes, at: int) -> int:
    """Where a string ends whose parenthesis is open before ``at``; 0 if it does not."""
    depth = 1
    while depth:
        match = _IN_STRING.search(data, at)
        if match is None:
            return 0
        at = match.end()
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
    return at
