"""`dspguide`: Scrapy's command line with the settings of this project, from any folder."""

from __future__ import annotations

import os

from scrapy.cmdline import execute


def main() -> None:
    """Run a command; ends the process with its exit status."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = "dspguide.settings"
    execute()


if __name__ == "__main__":
    main()
