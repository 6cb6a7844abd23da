"""The documentation says what the program does."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from scrapy.settings import Settings

import dspguide
import dspguide.settings
from dspguide.addon import DEFAULTS
from tests.project import ROOT

SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
CELLS = re.findall(r"^\| `(\w+)` \| (.+?) \| `(.+?)` \| .+? \| (.+?) \|$", SETTINGS, re.MULTILINE)


def documented() -> dict[str, Any]:
    """Return the defaults that docs/settings.md gives in its tables."""
    return {
        name: ast.literal_eval(default.replace("VERSION", dspguide.__version__))
        for name, _, default, _ in CELLS
    }


def test_every_setting_is_documented_with_its_default() -> None:
    project = Settings()
    project.setmodule(dspguide.settings)
    own = {n: project.get(n) for n in vars(dspguide.settings) if n.isupper()}
    own["ADDONS"] = dspguide.settings.ADDONS
    assert documented() == {**own, **DEFAULTS}
    assert len(CELLS) == len({name for name, *_ in CELLS})


def test_the_linter_knows_the_settings_that_are_not_scrapy_s() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    known = re.search(r"known-settings = \[(.*?)# Scrapy", pyproject, re.DOTALL)
    assert known is not None
    own = SETTINGS.partition("## Scrapy's")[0]
    assert set(re.findall(r"\w+", known[1])) == set(
        re.findall(r"^\| `(\w+)`", own, re.MULTILINE)
    ) - {"FILES_STORE"}


@pytest.mark.parametrize(
    ("name", "module"), [(name, user.strip("`")) for name, _, _, user in CELLS if user != "Scrapy"]
)
def test_every_setting_is_used_where_the_documentation_says(name: str, module: str) -> None:
    code = (ROOT / "dspguide" / module).read_text(encoding="utf-8")
    assert re.search(rf"\b{name}\b", code)
