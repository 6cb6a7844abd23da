# The program in an image. The book and all that it is made of are kept in the volume:
#
#   docker build -t dspguide .
#   docker run --rm -v books:/books dspguide crawl dspguide
#   docker run --rm -v "$PWD:/books" --user "$(id -u)" dspguide book https://books.example/
#
# docker stop is Ctrl-C: what came is kept. The same image as a node of scrapyd, to deploy to:
#
#   docker build -t dspguide-scrapyd --build-arg ALSO="scrapyd==1.6.* setuptools<81" .
#   docker run -v books:/books -p 127.0.0.1:6800:6800 --entrypoint scrapyd dspguide-scrapyd
#
# (with a scrapyd.conf in the volume that says bind_address = 0.0.0.0, and has a password).
ARG BASE=docker.io/library/python:3.13-slim
FROM $BASE

# Further packages, and options for pip.
ARG ALSO=
ARG PIP_OPTIONS=
COPY . /src
RUN python3 -m venv /opt/dspguide \
 && /opt/dspguide/bin/pip install --no-cache-dir --disable-pip-version-check $PIP_OPTIONS "/src[s3]" $ALSO \
 && rm -rf /src/* \
 && useradd --uid 1000 --create-home --home-dir /books --shell /usr/sbin/nologin reader

ENV PATH=/opt/dspguide/bin:$PATH HOME=/books PYTHONUNBUFFERED=1
USER reader
WORKDIR /books
VOLUME /books
# Python itself is process 1, with no shell before it: Scrapy hears SIGTERM.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/dspguide/bin/dspguide"]
CMD ["crawl", "dspguide"]
