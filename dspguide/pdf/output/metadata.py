"""Title, author and language of the book, told twice in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import pypdf

if TYPE_CHECKING:
    from dspguide.pdf.model import BookPlan

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Producer={producer}>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
{author}<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>
"""
_AUTHOR = "<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n"


def _plain(text: str) -> str:
    """The text on one line, without characters that XML may not have."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


PRODUCER = f"pypdf {pypdf.__version__}"


def document_info(plan: BookPlan) -> dict[str, str]:
    """The document information; it has no dates, which would differ in every run."""
    info = {"/Title": _plain(plan.title), "/Producer": PRODUCER}
    return info | ({"/Author": _plain(plan.author)} if plan.author else {})


def xmp_packet(plan: BookPlan) -> bytes:
    """The XMP packet that says the same."""
    author = _AUTHOR.format(author=escape(_plain(plan.author))) if plan.author else ""
    return _PACKET.format(
        producer=quoteattr(PRODUCER),
        title=escape(_plain(plan.title)),
        author=author,
        language=escape(plan.language),
    ).encode("utf-8")
