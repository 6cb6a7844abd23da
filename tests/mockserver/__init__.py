"""A server with faults, on twisted, for the synthetic copy of the site and for any other pages.

with serve(Site(), faults=[Fault("/CH2.PDF", last=1, cut_after=1000)], rate=1e6) as server:
crawl(server.url)                         # "http://127.0.0.1:PORT/"
assert server.max_in_flight <= 8

with serve(Pages({"/": '<a href="/a.pdf">A</a>', "/a.pdf": pdf})) as server:
...
"""

from tests.mockserver.faults import Fault as Fault
from tests.mockserver.ledger import Request as Request
from tests.mockserver.remote import RemoteServer as RemoteServer
from tests.mockserver.remote import serve_process as serve_process
from tests.mockserver.server import Server as Server
from tests.mockserver.server import serve as serve
from tests.mockserver.site import Book as Book
from tests.mockserver.site import Pages as Pages
from tests.mockserver.site import Resource as Resource
from tests.mockserver.site import Site as Site
