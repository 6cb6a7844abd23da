"""Servers on loopback that a book can be sent to: S3 by moto, FTP by pyftpdlib.

Both are imported when a test needs them: they take longer than most tests.
"""

from __future__ import annotations

import os
import threading
import warnings
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

USER = "reader"
PASSWORD = "p@ss-w0rd"  # noqa: S105  # of a server on loopback
# What a developer's own AWS configuration says must not matter, and a failure be final at once.
AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


@contextmanager
def s3_server() -> Iterator[str]:
    """Serve S3 until the end of the block, at the URL that it gives."""
    from moto.s3.models import s3_backends  # noqa: PLC0415  # see above
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  # see above

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        # Else what is still stored would complain when the interpreter ends.
        s3_backends.reset()


def s3_client(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a client of an S3 server, to see by other means what came there."""
    import boto3  # noqa: PLC0415  # see above

    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    return boto3.client("s3", endpoint_url=url)


@contextmanager
def ftp_server(
    root: Path,
    *,
    certificate: Path | None = None,
    break_after: int | None = None,
    renames_over: bool = True,
) -> Iterator[int]:
    """Serve a folder by FTP until the end of the block, on the port that it gives.

    With a `certificate` (PEM, with its key) only by TLS. Uploads end after so many bytes where
    `break_after` says so; without `renames_over`, no file is renamed to the name of another.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it is built on asyncore
        from pyftpdlib import authorizers, filesystems, handlers, servers  # noqa: PLC0415

    class Transfer(handlers.DTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
        def recv(self, buffer_size: int) -> bytes:
            if break_after is not None and self.get_transmitted_bytes() > break_after:
                raise ConnectionResetError
            return bytes(super().recv(min(buffer_size, 2048)))

    class Files(filesystems.AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
        def rename(self, src: str, dst: str) -> None:
            if not renames_over and os.path.lexists(dst):
                raise filesystems.FilesystemError("there is such a file")
            super().rename(src, dst)

    authorizer = authorizers.DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD, str(root), perm="elradfmwMT")
    attributes = {"authorizer": authorizer, "abstracted_fs": Files, "auth_failed_timeout": 0}
    if certificate is None:
        handler = type("Handler", (handlers.FTPHandler,), attributes | {"dtp_handler": Transfer})
    else:
        secure: dict[str, Any] = {"certfile": str(certificate), "ssl_context": None}
        secure |= {"tls_control_required": True, "tls_data_required": True}
        handler = type("Handler", (handlers.TLS_FTPHandler,), attributes | secure)
    server = servers.ThreadedFTPServer(("127.0.0.1", 0), handler)
    options = {"timeout": 0.1, "handle_exit": False}
    thread = threading.Thread(target=server.serve_forever, kwargs=options)
    thread.start()
    try:
        yield server.address[1]
    finally:
        server.close_all()
        thread.join()


class Refusal(NamedTuple):
    """What a server says to everything; without a status it says nothing at all."""

    status: int | None
    code: str = ""
    message: str = ""


@contextmanager
def refusing_server(refusal: Refusal) -> Iterator[str]:
    """Serve an S3 that is of no use until the end of the block, at the URL that it gives."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            if refusal.status is None:
                over.wait()
                return
            body = f"<Error><Code>{refusal.code}</Code><Message>{refusal.message}</Message></Error>"
            self.send_response(refusal.status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_PUT = do_HEAD = answer  # noqa: N815  # the server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
