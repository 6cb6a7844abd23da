"""What a run of `scrapy` imports, but for settings and the reactor, which it sets up itself."""

import gc
import pkgutil
import sys
from importlib import import_module
from importlib.metadata import entry_points

import scrapy.commands
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object

import dspguide

LATE = (
    *("boto3.session", "jinja2", "protego", "pypdf", "typst"),
    *("scrapy.dupefilters", "scrapy.pqueues", "scrapy.robotstxt"),
)
"""What is imported only when it is needed."""

for name in ("scrapy.cmdline", *LATE):
    import_module(name)
for found in pkgutil.iter_modules(scrapy.commands.__path__, "scrapy.commands."):
    import_module(found.name)
for command in entry_points(group="scrapy.commands"):
    command.load()
for found in pkgutil.walk_packages(dspguide.__path__, "dspguide."):
    if not found.name.startswith(("dspguide.demo", "dspguide.settings", "dspguide.__main__")):
        import_module(found.name)
for name, components in vars(default_settings).items():
    if name.endswith("_BASE"):
        for path in components:
            if "." in str(path):
                load_object(path)
for path in default_settings.DOWNLOAD_HANDLERS_BASE.values():
    load_object(path)

assert "twisted.internet.reactor" not in sys.modules
gc.freeze()  # so that what is shared stays so
