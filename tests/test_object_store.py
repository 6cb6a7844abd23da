"""Chapters in object storage: what the store promises, whoever writes to it in whatever order."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.settings import Settings

from dspguide.addon import DEFAULTS
from dspguide.errors import BadArgumentError, StoreError
from dspguide.items import Chapter, Contents
from dspguide.store.bucket import BucketError, ConflictError, read_bytes, write
from dspguide.store.chapter_store import ChapterStore, Record
from dspguide.store.lease import Lease
from dspguide.store.location import open_bucket, open_store
from dspguide.store.object_store import ObjectStore
from dspguide.store.partial_file import Source
from tests.buckets import MemoryBucket, pretend_google
from tests.storage_servers import s3_client, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dspguide.store.bucket import Bucket

LEASE = 30.0
URL = "http://x/1.pdf"
CONTENTS = Contents("Book", None, "en", "http://x/", (Chapter("1", "One", position=1),), 1)


def settings(**own: Any) -> Settings:
    return Settings({**DEFAULTS, **own})


# Buckets -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["memory", "s3", "gs"])
def bucket(request: pytest.FixtureRequest, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    if request.param == "memory":
        return MemoryBucket()
    if request.param == "s3":
        client = s3_client(s3_url, monkeypatch)
        client.create_bucket(Bucket="shelf")
        for one in client.list_objects_v2(Bucket="shelf").get("Contents", ()):
            client.delete_object(Bucket="shelf", Key=one["Key"])
        return open_bucket("s3", "shelf", settings(AWS_ENDPOINT_URL=s3_url), acl="private")
    pretend_google(monkeypatch)
    return open_bucket("gs", "shelf", settings(), acl=None)


def test_an_object_is_written_only_in_place_of_what_the_writer_saw(bucket: Bucket) -> None:
    assert read_bytes(bucket, "a/one") is None
    assert bucket.head("a/one") is None
    first = bucket.put("a/one", io.BytesIO(b"1"), replaces=None)
    with pytest.raises(ConflictError):
        bucket.put("a/one", io.BytesIO(b"2"), replaces=None)
    second = bucket.put("a/one", io.BytesIO(b"22"), replaces=first)
    with pytest.raises(ConflictError):
        bucket.put("a/one", io.BytesIO(b"3"), replaces=first)
    found = read_bytes(bucket, "a/one")
    assert found is not None
    assert (found[0], found[1].tag, found[1].size) == (b"22", second, 2)
    assert 0 <= found[1].age < 3600
    with pytest.raises(ConflictError):
        bucket.put("a/two", io.BytesIO(b"2"), replaces=second)


def test_a_listing_has_the_tags_and_sizes_of_a_prefix(bucket: Bucket) -> None:
    tags = {key: bucket.put(key, io.BytesIO(b"x"), replaces=None) for key in ("a/1", "a/2", "b")}
    listed = bucket.list("a/")
    assert {key: (blob.tag, blob.size) for key, blob in listed.items()} == {
        "a/1": (tags["a/1"], 1),
        "a/2": (tags["a/2"], 1),
    }
    bucket.delete("a/1")
    bucket.delete("a/1")
    assert set(bucket.list("a/")) == {"a/2"}


def test_a_write_that_arrived_although_its_answer_was_lost_is_no_conflict(bucket: Bucket) -> None:
    tag = bucket.put("one", io.BytesIO(b"same"), replaces=None)
    assert write(bucket, "one", b"same", replaces=None) == tag
    with pytest.raises(ConflictError):
        write(bucket, "one", b"else", replaces=None)


@pytest.mark.parametrize("acl", ["private", "public-read"])
def test_scrapys_acl_is_given_to_each_object(
    s3_url: str, monkeypatch: pytest.MonkeyPatch, acl: str
) -> None:
    client = s3_client(s3_url, monkeypatch)
    client.create_bucket(Bucket=f"acl-{acl}")
    bucket = open_bucket("s3", f"acl-{acl}", settings(AWS_ENDPOINT_URL=s3_url), acl=acl)
    bucket.put("x", io.BytesIO(b"x"), replaces=None)
    grants = client.get_object_acl(Bucket=f"acl-{acl}", Key="x")["Grants"]
    assert {grant["Permission"] for grant in grants} == {
        "FULL_CONTROL",
        *(["READ"] if acl == "public-read" else []),
    }


def test_google_is_asked_on_behalf_of_the_project_in_scrapys_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    projects = pretend_google(monkeypatch)
    no_bucket = open_bucket("gs", "elsewhere", settings(GCS_PROJECT_ID="library"), acl=None)
    with pytest.raises(BucketError, match="gs://elsewhere cannot be used: 404 The specified"):
        no_bucket.head("x")
    assert projects == ["library"]


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("s3://", "write s3://bucket/folder"),
        ("s3://key:secret@shelf/x", "leave keys to the settings"),
        ("ftp://shelf/x", "give a folder on this machine, or s3://bucket/folder"),
        ("", "give a folder"),
        ("file://elsewhere/x", "give a folder"),
        ("s3://[/x", "give a folder"),
    ],
)
def test_a_files_store_that_makes_no_sense_is_refused_in_a_line(uri: str, words: str) -> None:
    with pytest.raises(BadArgumentError, match=words) as caught:
        open_store(settings(FILES_STORE=uri), "book")
    assert "secret" not in str(caught.value).partition(":***@")[0]


# The lock ----------------------------------------------------------------------------------------


def lease(bucket: MemoryBucket, node: str) -> Lease:
    return Lease(bucket, "lock", node, LEASE, clock=lambda: bucket.now)


def test_one_run_at_a_time_gets_the_lock_and_the_next_once_it_is_given_back() -> None:
    bucket = MemoryBucket()
    first, second = lease(bucket, "a"), lease(bucket, "b")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_a_lock_that_is_renewed_holds_and_a_dead_holders_ends_by_itself() -> None:
    bucket = MemoryBucket()
    first, second = lease(bucket, "a"), lease(bucket, "b")
    assert first.acquire()
    bucket.now += LEASE - 1
    first.renew()
    bucket.now += LEASE - 1
    assert not second.acquire()
    bucket.now += 1
    assert second.acquire()
    with pytest.raises(StoreError, match="took over"):
        first.renew()
    with pytest.raises(StoreError, match="took over"):
        first.check()
    first.release()  # and that is not what the second has
    assert not lease(bucket, "c").acquire()
    second.release()


def test_a_run_on_the_machine_of_the_one_that_was_killed_does_not_wait() -> None:
    bucket = MemoryBucket()
    killed, second = lease(bucket, "a"), lease(bucket, "a")
    assert killed.acquire()
    assert second.acquire()
    second.release()
    killed.release()


def test_a_lock_that_nobody_can_read_is_nobodys() -> None:
    bucket = MemoryBucket()
    write(bucket, "lock", b"{", replaces=None)
    assert lease(bucket, "a").acquire()


# The store ---------------------------------------------------------------------------------------


class Machine:
    """A machine with a disk of its own."""

    def __init__(self, bucket: MemoryBucket, folder: Path) -> None:
        self.bucket, self.folder = bucket, folder
        self.store = self.begin()

    def begin(self) -> ObjectStore:
        """Return the store as the next run on this machine opens it."""
        self.store = ObjectStore(self.bucket, "books/one/", self.folder, LEASE)
        return self.store

    def die(self) -> None:
        """Do what the system does when the process of a run is killed."""
        assert self.store._lease is not None
        self.store._lease._over.set()
        ChapterStore.unlock(self.store)

    def adopt(self, name: str, data: bytes, url: str = URL) -> None:
        partial = self.store.partial(name)
        partial.begin(Source(url, None, None, None, len(data)))
        partial.append(data)
        self.store.adopt(partial, name, record(data, url))


def record(data: bytes, url: str = URL) -> Record:
    return Record(url, hashlib.sha256(data).hexdigest(), len(data))


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Machine, Machine]:
    bucket = MemoryBucket()
    return Machine(bucket, tmp_path / "a"), Machine(bucket, tmp_path / "b")


def test_what_one_machine_stored_another_finds_reads_and_binds(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    assert one.store.lock()
    one.store.save_contents(CONTENTS)
    one.adopt("01-one.pdf", b"bytes")
    one.store.unlock()
    assert list(one.folder.glob("*.pdf")) == []
    assert one.bucket.objects["books/one/01-one.pdf"][0] == b"bytes"
    assert two.store.lock()
    assert two.store.load_contents() == CONTENTS
    found = two.store.stored(CONTENTS.chapters[0], CONTENTS)
    assert found is not None
    assert found.record == record(b"bytes")
    assert two.store.local("01-one.pdf").read_bytes() == b"bytes"
    two.store.unlock()


def test_a_chapter_that_another_hand_changed_does_not_count(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    assert one.store.lock()
    one.adopt("01-one.pdf", b"bytes")
    one.store.unlock()
    key = "books/one/01-one.pdf"
    blob = one.bucket.head(key)
    assert blob is not None
    one.bucket.put(key, io.BytesIO(b"else"), replaces=blob.tag)
    assert two.store.lock()
    assert two.store.record("01-one.pdf") is None
    two.adopt("01-one.pdf", b"bytes")
    assert two.store.record("01-one.pdf") == record(b"bytes")
    one.bucket.objects[key] = b"harm", one.bucket.objects[key][1], 0.0  # and nobody was told
    two.store.file("01-one.pdf").unlink()
    with pytest.raises(StoreError, match="is not what was stored"):
        two.store.local("01-one.pdf")
    two.store.flush()
    two.store.unlock()
    assert one.begin().lock()
    assert one.store.record("01-one.pdf") is None


def test_a_chapter_of_another_name_is_found_renamed_and_the_old_one_swept(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    assert one.store.lock()
    one.adopt("02-one.pdf", b"one")
    one.adopt("03-gone.pdf", b"gone", "http://x/3.pdf")
    one.store.unlock()
    assert two.store.lock()
    found = two.store.find(CONTENTS.chapters[0], CONTENTS, URL)
    assert found is not None
    assert found.name == "02-one.pdf"
    two.store.rename(found, "01-one.pdf")
    two.store.partial("09-nine.pdf").begin(Source("http://x/9.pdf", None, None, None, 9))
    two.store.sweep(["01-one.pdf"])
    two.store.unlock()
    pdfs = {key for key in one.bucket.objects if key.endswith(".pdf")}
    assert pdfs == {"books/one/01-one.pdf"}
    assert list(two.folder.rglob("*.part*")) == []


def test_a_run_that_slept_through_its_lock_changes_nothing(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    assert one.store.lock()
    one.adopt("01-one.pdf", b"old")
    one.bucket.now += LEASE
    assert two.store.lock()
    two.adopt("01-one.pdf", b"new")
    with pytest.raises(StoreError):
        one.adopt("01-one.pdf", b"older")
    with pytest.raises(StoreError):
        one.adopt("02-two.pdf", b"two")
    with pytest.raises(StoreError):
        one.store.unlock()
    assert one.bucket.objects["books/one/01-one.pdf"][0] == b"new"
    two.store.unlock()
    assert one.begin().lock()
    assert one.store.record("01-one.pdf") == record(b"new")


STEPS = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from(["lock", "adopt", "sweep", "end", "die", "sleep"])
    ),
    max_size=40,
)


def go_on(machine: Machine, step: str, data: str) -> bool:
    """Take a step of a run that has the store; return whether it has it still."""
    if step == "adopt":
        machine.adopt(f"0{len(data)}-x.pdf", data.encode())
    elif step == "sweep":
        machine.store.sweep(["03-x.pdf"])
    elif step == "end":
        machine.store.unlock()
    elif step == "die":
        machine.die()
    return step not in {"end", "die"}


@given(steps=STEPS)
def test_no_order_of_two_runs_leaves_a_record_of_other_bytes(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    bucket, folder = MemoryBucket(), tmp_path_factory.mktemp("machines")
    machines = {name: Machine(bucket, folder / name) for name in "ab"}
    holds = dict.fromkeys(machines, False)
    for count, (name, step) in enumerate(steps):
        try:
            if step == "sleep":
                bucket.now += LEASE
            elif step == "lock" and not holds[name]:
                holds[name] = machines[name].begin().lock()
            elif holds[name]:
                holds[name] = go_on(machines[name], step, f"{name} {count}")
        except StoreError:  # noqa: PERF203  # each step may be refused
            assert bucket.now  # nobody is refused who has not slept
    bucket.now += LEASE
    reader = Machine(bucket, folder / "c").store
    assert reader.lock()
    for name in reader.records():
        kept = reader.record(name)
        if kept is not None:
            assert reader.local(name).read_bytes()
    reader.unlock()
