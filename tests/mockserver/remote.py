"""The server in a process of its own, so that it and the client do not share an interpreter."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any

from tests.mockserver.faults import Fault
from tests.mockserver.ledger import Request


class RemoteServer:
    """A server in another process: each question a line to it, each answer a line of JSON."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self._questions, self._answers = questions, answers
        self.url = answers.readline().strip()  # with a slash at the end
        if not self.url:
            raise RuntimeError("the server did not start")

    @property
    def requests(self) -> list[Request]:
        """All requests since the start or the last `reset`."""
        return [Request(**record) for record in self.log()["requests"]]

    def log(self) -> dict[str, Any]:
        """The account, as `Server.log` gives it."""
        return dict(self._ask("log"))

    def set_faults(self, faults: Iterable[Fault]) -> None:
        """Puts other faults in force; they must be plain JSON (no bytes)."""
        self._ask(f"faults {json.dumps([fault.to_json() for fault in faults])}")

    def reset(self) -> None:
        """Forgets requests and counts."""
        self._ask("reset")

    def _ask(self, question: str) -> Any:
        self._questions.write(question + "\n")
        self._questions.flush()
        return json.loads(self._answers.readline())


@contextmanager
def serve_process(*arguments: str) -> Iterator[RemoteServer]:
    """`python -m tests.mockserver` with these arguments, until the end of the block."""
    command = [sys.executable, "-m", "tests.mockserver", *arguments]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield RemoteServer(process.stdin, process.stdout)
