"""pypdf's writer, to which chapters are appended in any order."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NullObject, PdfObject


@dataclass
class AppendedChapter:
    """A chapter's pages in the writer, and what decides about the visibility of its layers."""

    pages: list[PageObject]
    first_object: int
    layers: DictionaryObject | None


class BookWriter(PdfWriter):
    """A PdfWriter that forgets the files that it took chapters from."""

    def append_chapter(self, data: bytes) -> AppendedChapter:
        """Append the pages of a prepared chapter with all that belongs to them."""
        reader = PdfReader(BytesIO(data))
        self.get_outline_root()  # append() makes it if need be, and it must not go with a chapter
        first_object = len(self._objects)
        start = len(self.flattened_pages or ())
        self.append(reader, import_outline=False)
        pages = list((self.flattened_pages or [])[start:])
        properties = reader.root_object.get("/OCProperties", NullObject()).get_object()
        cloned: PdfObject | None = None
        if isinstance(properties, DictionaryObject):
            cloned = properties.clone(self)
        # PdfWriter keeps every reader alive by these three until it is closed, and with it all
        # that was ever read of the file: the book's size once more.
        for page in pages:
            del page.original_page
        self._merged_in_pages.clear()
        self.reset_translation(reader)
        reader.close()
        layers = cloned if isinstance(cloned, DictionaryObject) else None
        return AppendedChapter(pages, first_object, layers)

    def forget_objects(self, appended: AppendedChapter) -> None:
        """Drop what came with a chapter, once it has been turned into bytes.

        Its pages stay as empty dictionaries, for links still lead to them.
        """
        for place in range(appended.first_object, len(self._objects)):
            if not isinstance(self._objects[place], PageObject):
                self._objects[place] = None
        for page in appended.pages:
            page.clear()


def annotations_of(page: PageObject) -> ArrayObject:
    """The annotations of a page, in the order of the prepared chapter."""
    annotations = page.get("/Annots", NullObject()).get_object()
    return annotations if isinstance(annotations, ArrayObject) else ArrayObject()
