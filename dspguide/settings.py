"""Settings of the project: those that differ from Scrapy's, whose value is named, and our own."""

from __future__ import annotations

from dspguide import __version__

BOT_NAME = "dspguide"  # default "scrapybot"
SPIDER_MODULES = ["dspguide.spiders"]
COMMANDS_MODULE = "dspguide.commands"
ADDONS = {"dspguide.addon.DspguideAddon": 100}

# What the user tunes -------------------------------------------------------------------------

# The most requests in flight, pages and PDFs together. default 16
CONCURRENT_REQUESTS = 8

# Where the chapters are kept, exactly as the site sent them.
FILES_STORE = "output/chapters"

# Where the book goes: a path or any URI that Scrapy's feed storages take. Used by BookPipeline.
BOOK_URI = "output/dspguide.pdf"

# Bind what there is when chapters are missing, as a book of its own. Used by BookPipeline.
BOOK_PARTIAL = False

# How many processes read chapters while others arrive; 0 means as many as there are cores, at most
# two. Each takes about 45 MB. Used by BookPipeline.
BOOK_WORKERS = 0

# What a run does while another one uses the chapters' folder: "wait" or "leave". Used by StoreLock.
STORE_BUSY = "wait"

# Show how far a run is: on a terminal a display, else a line in the log for each chapter: "auto" or
# "off". Used by Progress.
PROGRESS = "auto"

# A JSON file for the times of all requests of a run. Used by Trace.
TRACE_FILE = None

# Manners -------------------------------------------------------------------------------------

USER_AGENT = f"dspguide/{__version__} (one reader's copy of the book; Scrapy)"  # default "Scrapy/…"
ROBOTSTXT_OBEY = True  # default False
DOWNLOAD_VERIFY_CERTIFICATES = True  # default False
COOKIES_ENABLED = False  # default True; the site needs none

# Slow and broken lines -----------------------------------------------------------------------

# How long a transfer may stand still, in seconds. Scrapy's own handler counts the whole transfer,
# and a chapter of 2 MB at 10 kB/s takes longer than the default 180.
DOWNLOAD_TIMEOUT = 60

# The largest answer that is taken, and the largest file over all its answers, in bytes: far more
# than a chapter, and less than a disk or a memory. default 1 GiB
DOWNLOAD_MAXSIZE = 256 * 1024 * 1024

# Attempts that bring new bytes of a file do not count. default 2
RETRY_TIMES = 4

# The wait before a request is tried again, in seconds: it doubles from the first value to the
# second. Used by PatienceMiddleware and, for hosts that refuse, by the line.
BACKOFF_START = 0.5
BACKOFF_MAX = 60.0

# The longest Retry-After that is waited for in full, in seconds. Used by the line.
RETRY_AFTER_MAX = 600.0

# How long transfers that are under way may go on when the crawl is told to stop, in seconds; what
# came of those cut is kept. Used by LineDownloadHandler.
STOP_GRACE = 3.0

# AutoThrottle is off, as in Scrapy; where it is switched on, it need not begin at one request in
# five seconds. default 5
AUTOTHROTTLE_START_DELAY = 0.25

# A PDF may be elsewhere on the site than its page says. default False
MEDIA_ALLOW_REDIRECTS = True

# Components ----------------------------------------------------------------------------------

DOWNLOAD_HANDLERS = {
    "http": "dspguide.crawl.handler.LineDownloadHandler",
    "https": "dspguide.crawl.handler.LineDownloadHandler",
}

DOWNLOADER_MIDDLEWARES = {
    # In place of Scrapy's, which lets retried and redirected requests leave the site.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "dspguide.crawl.same_site.SameSiteMiddleware": 50,
    # In place of Scrapy's retries.
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "dspguide.crawl.retry.PatienceMiddleware": 550,
    # Near the downloader: it sees each request as it is sent, redirected and retried ones too. But
    # behind DownloaderStats (850), which measures the bodies that it takes out.
    "dspguide.crawl.resume.ResumeMiddleware": 840,
}

SPIDER_MIDDLEWARES = {
    # Warns of requests with the meta of others; those that the spider repeats have it by intent.
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}

ITEM_PIPELINES = {
    # In the order of what they need: a file, then what is in it, then all of them.
    "dspguide.pipelines.files.ChapterFilesPipeline": 100,
    "dspguide.pipelines.chapter.ChapterPipeline": 200,
    "dspguide.pipelines.book.BookPipeline": 300,
}

EXTENSIONS = {
    "dspguide.crawl.extensions.StoreLock": 100,
    "dspguide.crawl.extensions.StopWatch": 200,
    "dspguide.crawl.extensions.PlainWords": 300,
    "dspguide.observe.trace.Trace": 400,
    "dspguide.observe.progress.Progress": 500,
    "dspguide.observe.report.Report": 600,
}

# Every page is asked for once, and what is on disk decides what is new. default RFPDupeFilter
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

# Nobody needs to run code in this process from outside. default True
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Reads the source of a callback at each response, to warn of one mistake that none here makes, and
# takes about as long as parsing the page. default True
WARN_ON_GENERATOR_RETURN_VALUE = False

# default "DEBUG", which names every request
LOG_LEVEL = "INFO"

FEED_EXPORT_ENCODING = "utf-8"  # default: escapes in JSON
