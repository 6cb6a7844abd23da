"""Signals of this project, sent and received like Scrapy's own."""

contents_read = object()
"""Sent once by the spider, before the first chapter is asked for, with `contents` (those of this
run), `whole` (those of the whole book) and `spider`."""

request_sent = object()
"""Sent when a request gets its slot and goes out, with `request`."""

request_ended = object()
"""Sent when that request's slot is free again, with `request`, `status` (int, or None where no
whole answer came) and `error` (why, or None)."""

retry_waits = object()
"""Sent when a request is put off before it is sent again, with `request` (the one to be sent),
`seconds` and `why`."""
