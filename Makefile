# Everything a contributor needs; `make` alone lists the targets. The tools live in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS ?= 2
# SLOW=1 runs the slow tests as well.
SLOW ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test test-all lint format docs bench clean

help:
	@echo 'make demo      audit the demo data'
	@echo 'make test      run the fast tests'
	@echo 'make test-all  run all tests with coverage, as CI does'
	@echo 'make lint      check style, types and layers'
	@echo 'make format    put the code into the house format'
	@echo 'make docs      write the generated documentation anew'
	@echo 'make bench     measure the speed'
	@echo 'make clean     remove what the targets wrote (.venv stays)'

# A .venv that is missing or broken is made anew, one that works is used as it is.
define ensure_venv
@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
"Python 3.11 or newer is needed; name one: make PYTHON=python3.12")' \
	&& $(PYTHON) -m venv --clear $(VENV); }
endef

# The stamps: what is installed stays until pyproject.toml changes.
$(VENV)/.demo: pyproject.toml
	$(ensure_venv)
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml
	$(ensure_venv)
	@$(PIP) install --editable '.[dev]'
	@touch $(VENV)/.demo $@

demo: $(VENV)/.demo
	@$(BIN)/ownership-audit audit demo --fail-on none

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(JOBS) $(if $(SLOW),--cov,-m 'not slow')

test-all:
	@$(MAKE) --no-print-directory test SLOW=1

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.dev
	@$(BIN)/python scripts/docs.py

bench: $(VENV)/.dev
	@$(BIN)/python scripts/bench.py

clean:
	rm -rf build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
