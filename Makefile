# Everything from a fresh clone: make book, make demo, make test, make bench.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: book demo test check format bench clean

book: $(VENV)/run.stamp
	$(BIN)/scrapy crawl dspguide

demo: $(VENV)/run.stamp
	$(BIN)/scrapy demo

test: $(VENV)/test.stamp check
	$(BIN)/python -m pytest -n 4 --dist worksteal  # most tests wait, for a process or a server

check: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/scrapy-lint

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# In an environment of its own: Scrapy's start is slower beside the tests' many packages.
bench:
	$(MAKE) build/bench-env/bench.stamp VENV=build/bench-env
	build/bench-env/bin/python -m bench
	build/bench-env/bin/python -m bench.books

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(BIN)/python
	$(PIP) install -r requirements.txt
	touch $@

$(VENV)/test.stamp: requirements.txt requirements-test.txt bench/requirements.txt | $(BIN)/python
	$(PIP) install -r requirements-test.txt
	touch $@

$(VENV)/bench.stamp: requirements.txt bench/requirements.txt | $(BIN)/python
	$(PIP) install -r bench/requirements.txt
	touch $@
