# One vocabulary of tasks: hooks and CI call only these.
PYTHON ?= python3
VENV := $(or $(LONGTAIL_VENV),.venv)
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
export PATH := $(abspath $(BIN)):$(PATH)
export PYTHONPATH := src:.
export DO_NOT_TRACK := 1
export DVC_NO_ANALYTICS := 1

.DEFAULT_GOAL := help
.PHONY: help setup run update sample test test-fast test-pythons lint format bench lock clean browser services programs docs docs-serve reference pictures

help: ## list the tasks
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## create .venv from requirements.lock

# deploy/install.py leaves the compiling to all cores.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11, 5) <= sys.version_info < (3, 15) and "Longtail needs Python 3.11.5 to 3.14, this is %s: make PYTHON=python3.12 names another one" % sys.version.split()[0])'
	@$(PYTHON) deploy/disk.py $(VENV)
	$(PYTHON) -m venv $(VENV)
	@$(PYTHON) deploy/install.py $(VENV)
	@$(BIN)/python -m compileall -qq -j 0 -x 'site-packages/.*/tests/' $(VENV)/lib || true
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup sample ## the whole flow on what is in data/raw (draws a sample into an empty one)
	@test -f params.yaml || cp presets/sample.yaml params.yaml
	@$(BIN)/python -m flows.retrain

update: setup ## the branch as it is now, with its packages and data: what a worker does before a run
	@$(BIN)/python -m flows.update
	@$(MAKE) --no-print-directory setup

sample: setup
	@if [ ! -e data/raw.dvc ] && [ -z "$$(ls -A data/raw 2>/dev/null)" ]; then $(BIN)/longtail sample data/raw; fi

test: setup browser services ## the tests, the ten longest printed
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 5 --dist loadscope --no-loadscope-reorder $(ARGS)

test-fast: setup ## the tests but the slow ones: for before a commit
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadscope --no-loadscope-reorder -m "not slow" $(ARGS)

programs: browser services
services: | browser  # apt-get runs once at a time

browser:
	@PYTHON="$(PYTHON)" sh tests/install_browser.sh

services:
	@sh tests/install_services.sh

test-pythons: ## a fresh environment from the lock, the whole flow and the tests, for each Python found (an hour and more)
	@sh tests/run_pythons.sh

lint: setup ## ruff, mypy, import-linter, codespell
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell src flows tests benchmarks docs presets README.md CHANGELOG.md CONTRIBUTING.md

docs: setup ## the documentation site, in docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build/html

docs-serve: docs ## the same, at http://127.0.0.1:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory docs/_build/html 8000

reference: setup ## the pages of docs/reference/ that come from the code, and the picture of the graph
	$(BIN)/python -m docs._generate

pictures: setup browser ## the pictures of README, from a finished run of the drawn sample
	$(BIN)/python -m docs._generate.pictures

format: setup ## let ruff lay out the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## the benchmarks that need no finished run
	$(BIN)/python -m benchmarks

lock: setup ## remake requirements.lock: every Python and platform that we support, from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11.5 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --custom-compile-command "make lock" --extra dev \
	  --constraints requirements.constraints --output-file requirements.lock pyproject.toml

clean: ## remove what the flow made (data/raw stays)
	rm -rf artifacts published .longtail .prefect docs/_build
