"""Dates in HTTP headers."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime


def http_date(text: str) -> datetime | None:
    """Return the time that a header names, with its zone; None where it names none."""
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    # One of the three forms of a date (RFC 9110, 5.6.7) names no zone; all mean UTC.
    return date.replace(tzinfo=date.tzinfo or timezone.utc)
