# Two commands are enough: `make demo` and `make test`. Each does its own set-up, once, in .venv.
# They need python3 (3.11 or newer) and pip; uv is used when it is there. Packages come from wherever
# this machine's pip or uv is told to look, at the versions and hashes of requirements/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
WORKERS ?= 2
# A file stays on one worker: the examples of one page use what those before them made.
PYTEST := $(PY) -m pytest -n $(WORKERS) --dist loadfile

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# uv first; pip when uv is absent or cannot reach its index. A Debian python3 without python3-venv makes an
# environment without pip, and then the system's own pip installs into it.
define install
	if command -v uv >/dev/null && uv pip install -q --python $(PY) $(1); then exit 0; fi; \
	if $(PY) -c 'import pip' 2>/dev/null; then $(PY) -m pip install -q $(1); \
	else $(PYTHON) -m pip --python $(PY) install -q $(1); fi
endef

.PHONY: help demo test lint types layers docs architecture bench soak explore mutants lock clean setup-standard setup-dev setup-bench

help:
	@echo 'make demo    see it work: a book of 3,000 accounts, sixty nights, a report'
	@echo 'make test    run the tests (heavy ones: make soak)'
	@echo 'make explore run the tests with new random examples, until stopped or a test fails'
	@echo 'make lint    ruff, mypy --strict, lint-imports'
	@echo 'make docs    build the pages into docs/_build, warnings are errors'
	@echo 'make mutants change the code on purpose and count what no test notices'
	@echo 'make bench   set the library beside its peers (needs the benchmark scripts)'
	@echo 'make lock    resolve requirements/ again'
	@echo 'make clean   remove what the others made'

demo: setup-standard
	@$(BIN)/collectkit demo

test: setup-dev
	@$(PYTEST)

mutants: setup-dev
	@$(PY) tools/mutants.py $(TARGETS)

soak: setup-dev
	@$(PYTEST) -m soak

explore: setup-dev
	@while HYPOTHESIS_PROFILE=explore $(PYTEST) -q; do :; done; exit 1

architecture: setup-dev
	@$(PY) -m pytest -q tests/architecture

bench: setup-bench
	@$(PY) -m benchmarks

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports

docs: setup-dev
	@$(PY) -m sphinx -nW -q docs docs/_build

# Tools of the dev set are locked too, so uv comes from outside: the resolver must not resolve itself.
lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv on the path: python3 -m pip install uv'; exit 1; }
	@for set in standard dev bench; do \
	  uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url pyproject.toml --extra $$set --extra build -o requirements/$$set.txt; \
	done

clean:
	@rm -rf $(VENV) docs/_build build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The dev set holds the whole standard set, so either stamp lets the demo run.
setup-standard: ; @test $(VENV)/dev.stamp -nt pyproject.toml -a $(VENV)/dev.stamp -nt requirements/dev.txt || $(MAKE) $(VENV)/standard.stamp
setup-dev: $(VENV)/dev.stamp
setup-bench: $(VENV)/bench.stamp

$(VENV)/%.stamp: requirements/%.txt pyproject.toml | $(PY)
	@echo 'Installing requirements/$*.txt into $(VENV) (once, about half a minute) ...' >&2
	@$(call install,--require-hashes -r requirements/$*.txt)
	@$(call install,--no-deps --no-build-isolation -e .)
	@touch $@

$(PY):
	@command -v $(PYTHON) >/dev/null || { echo 'collectkit needs python3, version 3.11 or newer: $(PYTHON) is not on the path.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "collectkit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.11 ..." >&2; exit 1; }
	@if $(PYTHON) -m venv $(VENV) >/dev/null 2>&1; then exit 0; fi; rm -rf $(VENV); \
	if $(PYTHON) -m venv --without-pip $(VENV) 2>/dev/null; then exit 0; fi; rm -rf $(VENV); \
	if command -v uv >/dev/null && uv venv -q --python $(PYTHON) $(VENV); then exit 0; fi; rm -rf $(VENV); \
	echo 'This python3 cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1
	@{ command -v uv || $(PY) -c 'import pip' || $(PYTHON) -m pip --version; } >/dev/null 2>&1 || \
	  { rm -rf $(VENV); echo 'Neither pip nor uv was found. On Debian and Ubuntu: apt-get install python3-venv python3-pip' >&2; exit 1; }
