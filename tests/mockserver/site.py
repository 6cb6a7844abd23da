"""What is served: the synthetic copy of www.dspguide.com, or a few pages of any shape."""

from dspguide.demo import Book, Resource, Site

__all__ = ["Book", "Pages", "Resource", "Site"]


class Pages(dict[str, "str | bytes | Resource"]):
    """A site as a mapping from paths to what is there, changeable while it is being served.

        Pages({"/": '<a href="{base}/one.pdf">One</a>', "/one.pdf": pdf, "/ch?n=1": "<p>…"})

    Text is HTML (plain text at a path in .txt); "{base}" in it is the site's address, no slash at
    the end. Bytes are a PDF. For other types and for chosen validators there is Resource.
    """

    def get(  # type: ignore[override]  # a site's, in place of dict's
        self, path: str, *, base: str, revision: int = 0
    ) -> Resource | None:
        """Return what stands at a percent-decoded path, None for nothing.

        A path with a query is asked for with it and, if nothing stands there, without. `revision`
        asks for another edition of the same: other bytes, other validators.
        """
        found = super().get(path)
        if found is None or isinstance(found, Resource):
            return found
        if isinstance(found, bytes):
            return Resource.of(found + b"\n% again" * revision, "application/pdf", revision)
        kind = "text/plain" if path.endswith(".txt") else "text/html; charset=utf-8"
        body = found.replace("{base}", base).encode()
        return Resource.of(body + b"<!-- again -->" * revision, kind, revision)
