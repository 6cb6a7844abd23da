"""What all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.project import Project

if TYPE_CHECKING:
    from pathlib import Path

# The machine is shared: how long an example takes says nothing. Fixtures here hold no state.
settings.register_profile(
    "dspguide",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("dspguide")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a folder of its own to run the program in."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)
