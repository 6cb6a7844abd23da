"""Which store FILES_STORE means."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path, PureWindowsPath
from urllib.parse import SplitResult, quote, urlsplit

from platformdirs import user_cache_path
from scrapy.settings import BaseSettings
from w3lib.url import file_uri_to_path

from dspguide.errors import BadArgumentError
from dspguide.store.bucket import Bucket
from dspguide.store.chapter_store import ChapterStore
from dspguide.store.cloud_buckets import GCSBucket, S3Bucket
from dspguide.store.object_store import ObjectStore
from dspguide.urls import masked

LIBRARIES = {"s3": ("boto3", "boto3"), "gs": ("google.cloud.storage", "google-cloud-storage")}
"""What object storages need: the module, and the package that holds it."""

_FILE_HOSTS = {("file", ""), ("file", "localhost")}


def open_store(settings: BaseSettings, name: str) -> ChapterStore:
    """Return the store of a book's chapters, not yet locked. Raises BadArgumentError."""
    parts = _parts(settings)
    local = local_folder(settings) / name
    if parts.scheme not in LIBRARIES:
        return ChapterStore(local)
    prefix = "/".join(filter(None, (parts.path.strip("/"), name))) + "/"
    acl = settings["FILES_STORE_S3_ACL" if parts.scheme == "s3" else "FILES_STORE_GCS_ACL"]
    bucket = open_bucket(parts.scheme, parts.netloc, settings, acl=acl)
    return ObjectStore(bucket, prefix, local, settings.getfloat("STORE_LEASE"))


def open_bucket(
    scheme: str,
    bucket: str,
    settings: BaseSettings,
    *,
    acl: str | None,
    key: str | None = None,
    secret: str | None = None,
) -> Bucket:
    """Return a bucket of S3 or Google's, without a word to it yet."""
    if scheme == "gs":
        return GCSBucket(bucket, settings, acl=acl)
    return S3Bucket(bucket, settings, acl=acl, key=key, secret=secret)


def folder_of_copy(settings: BaseSettings, name: str) -> Path:
    """Return where a book is on this machine that goes to another system: beside its chapters."""
    folder = local_folder(settings)
    # A work folder is that of all books, each of which may be called book.pdf elsewhere.
    return folder / name if _parts(settings).scheme in LIBRARIES else folder.parent


def local_folder(settings: BaseSettings) -> Path:
    """Return the folder of all books' chapters on this machine, finished or under way.

    Raises BadArgumentError where FILES_STORE makes no sense.
    """
    uri, parts = str(settings["FILES_STORE"]), _parts(settings)
    if parts.scheme in LIBRARIES:
        work = settings["BOOK_WORK_DIR"]
        root = Path(work).absolute() if work else user_cache_path("dspguide")
        return root / quote(f"{parts.scheme}/{parts.netloc}{parts.path}".rstrip("/"), safe="")
    return Path(file_uri_to_path(uri) if parts.scheme else uri).absolute()


def check_library(scheme: str, setting: str) -> None:
    """Raise BadArgumentError where the package that an object storage needs is not installed."""
    module, package = LIBRARIES[scheme]
    try:
        found = find_spec(module) is not None
    except ModuleNotFoundError:  # of a package that the module is in
        found = False
    if not found:
        raise BadArgumentError(
            f"{setting}: that needs the library {package}, which is not installed; install it "
            f"with: pip install {package}"
        )


def _parts(settings: BaseSettings) -> SplitResult:
    """Split FILES_STORE; a path on this machine has no scheme. Raises BadArgumentError."""
    uri = str(settings["FILES_STORE"] or "")
    try:
        parts = SplitResult("", "", uri, "", "") if PureWindowsPath(uri).drive else urlsplit(uri)
    except ValueError:
        parts = SplitResult("?", "", "", "", "")
    setting = f"FILES_STORE={masked(uri)}"
    if parts.scheme in LIBRARIES:
        if not parts.netloc or "@" in parts.netloc:
            raise BadArgumentError(
                f"{setting}: write {parts.scheme}://bucket/folder, and leave keys to the settings "
                "or the environment"
            )
        check_library(parts.scheme, setting)
    elif not uri or (parts.scheme and (parts.scheme, parts.netloc) not in _FILE_HOSTS):
        raise BadArgumentError(
            f"{setting}: give a folder on this machine, or s3://bucket/folder, gs://bucket/folder"
        )
    return parts
