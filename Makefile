# Everything below works on a fresh machine with Python 3.11 or later and make.
#   make demo             a finished music video of songreel's own song
#   make demo SONG=path   the same of yours
#   make test             the everyday tests
#   make studio           the studio in the browser
#   make docs             the documentation, as pages

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SONG ?=
# One process a core; tests that render keep to one thread each.
TESTS := $(BIN)/python -m pytest -n auto --dist worksteal
# Tests start songreel hundreds of times: compiled once, not each time, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo studio test test-all coverage lint types imports check-wheel docs docs-pictures notebooks format clean

help:
	@sed -n '2,7s/^# *//p' Makefile

.venv/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "songreel needs Python 3.11 or later, with its venv module"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# What is heavy comes in here: PyTorch with diffusers, Ray, PostgreSQL's driver, MoviePy (which asks
# for an older Pillow than the everyday tests run with). PyTorch first and pinned, so that the tests
# say the same everywhere. Which build it is, the package index decides: the public one has the CUDA
# build for Linux (3 GB), which runs on the CPU as well. A smaller one for the CPU alone:
#   make test-all TORCH='torch==2.13.0+cpu --extra-index-url URL'
TORCH ?= torch==2.13.0
HEAVY := browser,dev,local,moviepy,postgres,quantised,ray

.venv/installed-all: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(HEAVY)]'
	@touch $@

demo: .venv/installed
ifeq ($(strip $(SONG)),)
	$(BIN)/songreel demo demo
else
	$(BIN)/songreel make "$(SONG)"
endif

.venv/installed-studio: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[studio,notebooks]'
	@touch $@

studio: .venv/installed-studio
	$(BIN)/songreel studio

test: .venv/installed-dev
	$(TESTS) -o faulthandler_timeout=180 -m "not slow and not network and not gpu"
	@touch .venv/tested

.venv/tested: $(shell git ls-files '*.py' '*.toml' '*.html' '*.css' '*.js')
	$(MAKE) test

# The everyday tests, unless this very state has passed them, then the rest. Also needs a PostgreSQL
# server's programs (Debian: postgresql); the tests start one of their own. And Chromium, for those
# of the studio (Debian: chromium).
test-all: .venv/tested .venv/installed-all
	SONGREEL_TEST_ALL=1 $(TESTS) -m "(slow or heavy) and not network and not gpu"

coverage: .venv/installed-dev
	$(TESTS) -m "not network and not gpu" --cov --cov-report=term:skip-covered

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Type checkers and import rules look at the package as it is installed, not at the folders.
build/installed: .venv/installed-dev $(shell git ls-files '*.py' '*.toml' '*.html' '*.css' '*.js')
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist .
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $@ dist/*.whl
	@touch $@

types: build/installed
	MYPYPATH=build/installed $(BIN)/mypy -p songreel

imports: build/installed
	PYTHONPATH=build/installed $(BIN)/lint-imports

check-wheel: build/installed
	cd build && PYTHONPATH=installed ../$(BIN)/python -m songreel.cli.main --version
	cd build && PYTHONPATH=installed ../$(BIN)/python -m songreel.cli.main doctor

.venv/installed-docs: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

# Warnings are errors.
docs: .venv/installed-docs
	$(BIN)/python -m sphinx -b html -W --keep-going -q docs docs/_build/html
	@echo docs/_build/html/index.html

docs-pictures: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[browser]' jupyterlab
	$(BIN)/python docs/pictures.py

notebooks: .venv/installed-studio
	$(BIN)/python -m pip install --quiet --disable-pip-version-check jupyterlab
	cd notebooks && ../$(BIN)/jupyter lab

clean:
	rm -rf .venv build dist .stubs docs/_build docs/reference/generated
