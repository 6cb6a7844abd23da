"""Where the book goes, and how it gets there."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from scrapy.extensions.feedexport import apply_uri_params
from w3lib.url import file_uri_to_path

from dspguide.book.manifest import Manifest
from dspguide.book.upload import open_copy
from dspguide.errors import BadArgumentError, BookError, UploadError
from dspguide.store.files import is_unharmed, json_bytes, move_atomically, staged
from dspguide.store.location import folder_of_copy
from dspguide.urls import masked

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from dspguide.book.upload import Copy

_LOCK_TIMEOUT = 60.0
"""Seconds for which one run waits for another that puts its book in the same place."""


class BookDestination:
    """Where one book goes, by its BOOK_URI.

    A book is always on this machine, at `path`. Where the URI is that of another system, it is
    sent there as well, by Scrapy's feed storages, and the copy here is beside the chapters.
    """

    def __init__(self, settings: BaseSettings, spider: Spider, variant: str = "") -> None:
        """Take BOOK_URI from the settings; `variant` goes before the file's extension.

        Raises BadArgumentError.
        """
        template = str(settings["BOOK_URI"])
        setting = f"BOOK_URI={masked(template)}"
        uri = _with_variant(_filled(template, spider, setting), variant)
        scheme = "" if PureWindowsPath(uri).drive else urlsplit(uri).scheme
        storages = settings.getwithbase("FEED_STORAGES")
        self._copy: Copy | None = None
        if scheme == "":
            path = Path(uri)
        elif scheme == "file":
            if urlsplit(uri).netloc not in {"", "localhost"}:
                # What follows it would be taken for a path from the root.
                raise BadArgumentError(
                    f"{setting}: it names a host; write file:///folder/book.pdf, or the path alone"
                )
            path = Path(file_uri_to_path(uri))
        elif storages.get(scheme) and scheme != "stdout":
            self._copy = open_copy(uri, storages[scheme], settings)
            name = PurePosixPath(urlsplit(uri).path).name
            path = folder_of_copy(settings, spider.name) / name
        else:
            known = sorted(s for s in storages if s and s != "stdout")
            raise BadArgumentError(
                f"{setting}: {scheme} is none of the storages that are known ({', '.join(known)})"
            )
        try:
            self.path = path.expanduser().absolute()
        except RuntimeError as error:
            raise BadArgumentError(f"BOOK_URI={path}: {error}; write the path without ~") from error
        if self.path.suffix.lower() in {"", ".json", ".html"}:
            # Manifest and report have the book's name, and these endings.
            raise BadArgumentError(f"{setting}: give the name of a PDF file, such as book.pdf")

    @property
    def remote(self) -> str | None:
        """Return where a copy is sent to, without the password, or None."""
        return None if self._copy is None else self._copy.name

    @property
    def name(self) -> str:
        """Return what to call the place to a user."""
        return self.remote or str(self.path)

    def beside(self, variant: str) -> Path:
        """Return the path of a variant of the book, in the same folder."""
        return self.path.with_name(f"{self.path.stem}{variant}{self.path.suffix}")

    def check(self) -> None:
        """Find out before the work whether the book can be put there. Raises BookError."""
        probe = self.path.with_name(f".{self.path.name}.probe")
        try:
            for path in (self.path, Manifest.path_for(self.path)):
                if path.is_dir():
                    raise BookError(f"{path} cannot be written: there is a folder of that name.")
                if path.exists() and not path.is_file():
                    raise BookError(f"{path} cannot be written: it is a device, pipe or socket.")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink(missing_ok=True)  # another run may look at the same time
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def look(self) -> tuple[Manifest | None, bool]:
        """Return the manifest of the book that is there, and whether the book is unharmed.

        An object storage is asked; where it cannot be, and for other systems, it is what this
        machine remembers. Waits for the disk or the network.
        """
        known = Manifest.load(self.path)
        intact = known is not None and is_unharmed(self.path, known.book.sha256)
        return (known, intact) if self._copy is None else self._copy.look(known, intact=intact)

    async def upload(self, crawler: Crawler, manifest: Manifest, work: Path) -> None:
        """Send the book to the other system, if there is one, and then its manifest.

        `work` is a folder for temporary files. Notes in the manifest that it was sent. Raises
        UploadError, which names the copy here, OSError.
        """
        if self._copy is None:
            return
        manifest.book.sent_to = self.remote
        try:
            await self._copy.send(self.path, manifest, crawler, work)
        except UploadError as error:
            manifest.book.sent_to = None
            raise UploadError(f"{error}. The book is here: {self.path}") from error

    async def upload_beside(self, crawler: Crawler, path: Path) -> str:
        """Send a file to where the book was sent, and return its URI there. Raises UploadError."""
        return str(path) if self._copy is None else await self._copy.send_beside(path, crawler)


def publish(source: Path, path: Path, manifest: Manifest) -> None:
    """Move a finished file to its place at one stroke, and its manifest after it.

    Until then what was there stays as it was, also when the machine stops; a book without its
    manifest is made again. Runs with one place for their books, but folders of their own for the
    chapters, take turns.

    Raises BookError.
    """
    record, lock = Manifest.path_for(path), FileLock(path.with_name(f".{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock.acquire(timeout=_LOCK_TIMEOUT):
            try:
                # On the disk before the old book goes: there may be no more room.
                with staged(record, json_bytes(manifest)) as new:
                    # Where a link stands, what it leads to is the book.
                    move_atomically(source, path.resolve() if path.is_symlink() else path)
                    new.replace(record)
            finally:
                # Whoever waits for this file sees that it is gone, and makes another.
                with suppress(PermissionError):  # Windows keeps what is open
                    Path(lock.lock_file).unlink(missing_ok=True)
    except Timeout as error:
        raise BookError(f"{path} is being written by another run.") from error
    except OSError as error:
        raise _unwritable(path, error) from error


def _filled(template: str, spider: Spider, setting: str) -> str:
    now = datetime.now(tz=timezone.utc).replace(microsecond=0, tzinfo=None)
    params: dict[str, Any] = {"time": now.isoformat().replace(":", "-")}
    # Like Scrapy's feed URIs: spider attributes, scrapyd's _job among them.
    params |= {k: v for k, v in vars(spider).items() if isinstance(v, str | int)}
    params["name"] = spider.name
    try:
        return apply_uri_params(template, params)
    except KeyError as error:
        raise BadArgumentError(
            f"{setting}: %({error.args[0]})s is not known; %(time)s, %(name)s and, in jobs of "
            "scrapyd, %(_job)s are"
        ) from error
    except (TypeError, ValueError) as error:  # such as %(name)d
        raise BadArgumentError(
            f"{setting}: {error}; write %(time)s and %(name)s, with an s"
        ) from error


def _with_variant(uri: str, variant: str) -> str:
    stem, dot, suffix = uri.rpartition(".")
    return f"{stem}{variant}{dot}{suffix}" if dot else uri


def _unwritable(path: Path, error: OSError) -> BookError:
    return BookError(
        f"{path} cannot be written: {error.strerror or error}. Mend that, or set BOOK_URI to "
        "another place."
    )
