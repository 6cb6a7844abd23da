"""The pipeline that fetches and keeps the chapters' PDFs."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, ClassVar, cast

from scrapy import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.pipelines.files import FilesPipeline
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure

from dspguide.addon import DspguideAddon, only_for_the_book
from dspguide.crawl.reasons import reason, what_came
from dspguide.crawl.retry import PatienceMiddleware
from dspguide.crawl.signals import contents_read
from dspguide.errors import FetchError, StoreError
from dspguide.net.largest_first import Order
from dspguide.net.transfer import Arrived, Transfer, has_signature
from dspguide.pdf import RejectedChapter
from dspguide.store.chapter_store import ChapterStore, Record, file_name, store_folder

if TYPE_CHECKING:
    from os import PathLike

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.pipelines.files import FilesStoreProtocol
    from scrapy.pipelines.media import FileInfo, FileInfoOrError, MediaPipeline
    from twisted.internet.defer import Deferred

    from dspguide.items import Chapter, Contents
    from dspguide.spiders.dspguide import DspguideSpider

_DAY = 86400.0

SIZES_BEFORE_FILES = 10**9
"""Priority of the questions for sizes: below pages, above files, whose own is their size."""

logger = logging.getLogger(__name__)


class ChapterFilesPipeline(FilesPipeline):
    """Fetches each chapter's PDF that is not in the store, or not as the server has it now.

    Differs from Scrapy's in that

    - a file is named for its chapter, and put in its place at one stroke;
    - a stored file is trusted only if its bytes have the hash that was noted, and the server is
      asked whether it changed (FILES_EXPIRES decides where the server gave no validator);
    - what arrives is a chapter only if the book takes it, and is asked for again else; for
      transfers that break off see ResumeMiddleware and PatienceMiddleware;
    - redirects are followed;
    - a file that cannot be had is noted in its item, and is no exception.
    """

    STORE_SCHEMES: ClassVar[dict[str, type[FilesStoreProtocol]]] = {
        **FilesPipeline.STORE_SCHEMES,
        "": ChapterStore,
        "file": ChapterStore,  # what an absolute path counts as
    }
    store: ChapterStore

    def __init__(self, store_uri: str | PathLike[str], *, crawler: Crawler) -> None:
        super().__init__(store_folder(crawler.settings), crawler=crawler)
        self._shared = DspguideAddon.of(crawler)
        self._shared.store = self.store
        self._order = Order(self._shared.line)
        crawler.signals.connect(self._contents_read, contents_read)
        self._transfers: dict[int, Transfer] = {}
        self._records: dict[int, Record] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ChapterFilesPipeline:
        only_for_the_book(crawler)
        return super().from_crawler(crawler)

    def get_media_requests(self, item: Chapter, info: MediaPipeline.SpiderInfo) -> list[Request]:
        """Ask for the chapter's PDF, if its page could be had and this is no dry run."""
        if item.pdf_url is None or item.error is not None or getattr(info.spider, "dry_run", False):
            return []
        part = self.store.part(self._name(item, info))
        transfer = self._transfers[item.number] = Transfer(part)
        headers = {"Referer": item.page_url}
        # Scrapy's HTTP cache would take a 304, or the rest of a file, for the file.
        meta = {"transfer": transfer, "chapter": item.number, "dont_cache": True}
        return [Request(item.pdf_url, callback=NO_CALLBACK, headers=headers, meta=meta)]

    def media_to_download(
        self, request: Request, info: MediaPipeline.SpiderInfo, *, item: Any = None
    ) -> Deferred[FileInfo | None]:
        """Return the stored file where the server need not be asked; else wait to ask."""
        return deferred_from_coro(self._stored_or_turn(request, item, self._name(item, info)))

    async def media_downloaded(
        self,
        response: Response,
        request: Request,
        info: MediaPipeline.SpiderInfo,
        *,
        item: Any = None,
    ) -> FileInfo:
        """Store the file that came once the book has taken it, or keep the one that did not change.

        The check waits here and not in a middleware: Scrapy counts a request as active until its
        middlewares are done, and would let no page through while chapters wait to be read.

        Raises FetchError, StoreError, and what download_async() raises.
        """
        self._order.over(item.number)
        name, transfer = self._name(item, info), self._transfers[item.number]
        try:
            arrived = await self._accepted(response, request, item)
            source = transfer.part.source
            if arrived is None or source is None:
                transfer.part.discard()  # of another edition, if anything
                return _info(request, name, self._records[item.number], "unchanged")
            record = self._records[item.number] = Record(
                request.url,
                arrived.sha256,
                arrived.size,
                source.etag,
                source.last_modified,
                time.time(),
            )
            await run_in_thread(self.store.adopt, transfer.part, name, record)
        except OSError as error:
            path = self.store.file(name)
            raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
        return _info(request, name, record, "resumed" if transfer.resumed else "downloaded")

    def media_failed(  # type: ignore[override]  # reports in the item, where the stock one raises
        self, failure: Failure, request: Request, info: MediaPipeline.SpiderInfo
    ) -> None:
        """Note why the file could not be had."""
        transfer: Transfer = request.meta["transfer"]
        transfer.error = f"{reason(failure)}."

    def item_completed(
        self, results: list[FileInfoOrError], item: Chapter, info: MediaPipeline.SpiderInfo
    ) -> Chapter:
        """Note in the item what became of its file."""
        self._order.over(item.number)
        transfer = self._transfers.get(item.number)
        if transfer is None:
            return item
        item.attempts = transfer.attempts
        item.bytes_received, item.bytes_resumed = transfer.received, transfer.resumed
        file = next((v for ok, v in results if ok and not isinstance(v, Failure)), None)
        if not file:
            # None is what media_failed() leaves behind.
            item.error = transfer.error or f"{results[0][1]}"
            return item
        record = self._records[item.number]
        item.file, item.status = file["path"], file["status"]
        item.bytes, item.sha256 = record.bytes, record.sha256
        item.etag, item.last_modified = record.etag, record.last_modified
        self.crawler.stats.inc_value(f"chapters/{item.status}")
        return item

    def file_path(
        self,
        request: Request,
        response: Response | None = None,
        info: MediaPipeline.SpiderInfo | None = None,
        *,
        item: Any = None,
    ) -> str:
        """Return the chapter's name in the store."""
        return self._name(item, info or self.spiderinfo)

    def _contents_read(self, contents: Contents) -> None:
        settings = self.crawler.settings
        # Where requests are kept apart, each question would cost as much as a small file.
        slow = settings.getfloat("DOWNLOAD_DELAY") or settings.getbool("AUTOTHROTTLE_ENABLED")
        if not (slow or self._spider.dry_run or self._spider.offline):
            self._order.begin(chapter.number for chapter in contents.chapters)

    async def _stored_or_turn(self, request: Request, item: Chapter, name: str) -> FileInfo | None:
        stored = await self._stored(request, item, name)
        if stored is None:
            size = self._size(item) or (await self._ask_size(request) if self._order.asks else 0)
            # One that begins last is waited for alone.
            request.priority = size
            await self._order.turn(item.number, size)
        return stored

    def _size(self, item: Chapter) -> int:
        """Return how many bytes are to come of a chapter, as far as earlier runs tell, else 0."""
        part = self._transfers[item.number].part
        if part.source is not None and part.source.length:
            return part.source.length - part.size
        return self._shared.sizes.get(item.number, 0)

    async def _ask_size(self, request: Request) -> int:
        """Ask the server how many bytes a file has; 0 where it does not say.

        Then no other file is asked about either: a wrong order costs less than many such answers.
        """
        question = Request(
            request.url,
            method="HEAD",
            callback=NO_CALLBACK,
            headers={"Referer": request.headers["Referer"], "Accept-Encoding": "identity"},
            meta={"chapter": request.meta["chapter"], "dont_retry": True},
            priority=SIZES_BEFORE_FILES,
        )
        try:
            response = await self.crawler.engine.download_async(question)
        except Exception as error:  # noqa: BLE001  # of any kind: the file itself is asked for next
            logger.debug("Not told the size of %s: %s", request.url, reason(error))
            self._order.give_up()
            return 0
        length = response.headers.get("Content-Length") or b""
        if response.status != 200 or not length.isdigit():
            self._order.give_up()
            return 0
        return int(length)

    async def _stored(self, request: Request, item: Chapter, name: str) -> FileInfo | None:
        contents = self.spiderinfo.spider.contents  # type: ignore[attr-defined]  # DspguideSpider
        found = await run_in_thread(self.store.find, item, contents, request.url)
        if found is None:
            return None
        try:
            await run_in_thread(self.store.rename, found, name)
        except OSError:
            return None  # storing what comes instead reports it
        record = self._records[item.number] = found.record
        if getattr(self.crawler.spider, "offline", False):
            return _info(request, name, record, "unchanged")
        if record.etag is not None:
            request.headers["If-None-Match"] = record.etag
        elif record.last_modified is not None:
            request.headers["If-Modified-Since"] = record.last_modified
        elif time.time() - record.fetched < self.expires * _DAY:
            return _info(request, name, record, "unchanged")
        return None

    async def _accepted(
        self, response: Response, request: Request, chapter: Chapter
    ) -> Arrived | None:
        """Have the file read for the book, and fetch it again as long as it is no good.

        Returns None where the server says that the stored one is current. Raises FetchError.
        """
        transfer, patience = self._transfers[chapter.number], self._patience
        last = patience is None
        while True:
            if response.status == 304 and chapter.number in self._records:
                return None
            if response.status != 200:
                raise FetchError(f"the server answered with status {response.status}")
            try:
                arrived = await self._read(chapter, transfer, response, last=last)
            except RejectedChapter as rejected:
                if patience is None:
                    raise FetchError(str(rejected)) from rejected
                request = response.request or request
                if rejected.reason != "not-pdf" and transfer.may_go_on:
                    retry = await patience.after_break(request, str(rejected))
                else:
                    retry = await patience.again(request, str(rejected))
                    if retry is not None and rejected.reason != "not-pdf":
                        transfer.part.discard()
                last = retry is None
                if retry is not None:
                    response = await self.crawler.engine.download_async(retry)
            else:
                return arrived

    async def _read(
        self, chapter: Chapter, transfer: Transfer, response: Response, *, last: bool
    ) -> Arrived:
        """Give a complete file to the book.

        A file that needs repair is taken when it is the `last` chance, where what came last is read
        once more, or came with the same bytes before, and its length was announced: without a
        length, a file that is cut looks the same.

        Raises RejectedChapter for what may come better next time, FetchError for what will not.
        """
        arrived = await run_in_thread(transfer.settle, response)
        again = not last and arrived.sha256 in transfer.digests
        transfer.digests.add(arrived.sha256)
        source = transfer.part.source
        announced = source is not None and source.length is not None
        try:
            if not has_signature(arrived.head):
                raise RejectedChapter("not-pdf", "the file is no PDF")  # noqa: TRY301  # counted below
            await self._shared.binding.check(
                chapter, transfer.part.path, take_repaired=announced and (again or last)
            )
        except RejectedChapter as rejected:
            if not last:
                self.crawler.stats.inc_value(f"chapters/rejected/{rejected.reason}")
            # Busy servers send a page twice; a body of no length may be cut twice in one place.
            same = again and announced and rejected.reason != "not-pdf"
            if same or last:
                twice = "; it came twice with the same bytes" if same else ""
                raise FetchError(f"{rejected}{twice}; {what_came(response, arrived)}") from rejected
            raise
        return arrived

    @property
    def _spider(self) -> DspguideSpider:
        return cast("DspguideSpider", self.crawler.spider)

    @property
    def _patience(self) -> PatienceMiddleware | None:
        return self.crawler.get_downloader_middleware(PatienceMiddleware)

    @staticmethod
    def _name(item: Chapter, info: MediaPipeline.SpiderInfo) -> str:
        return file_name(item, info.spider.contents.highest_number)  # type: ignore[attr-defined]  # DspguideSpider


def _info(request: Request, name: str, record: Record, status: str) -> FileInfo:
    return {"url": request.url, "path": name, "checksum": record.sha256, "status": status}
