# Everything runs in a virtual environment of its own, made by the first command that needs it.
# It takes Python 3.11 or newer; another one than python3 is chosen by PYTHON=python3.13.

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=

python := $(VENV)/bin/python

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help bench test lint clean

help:
	@echo 'make bench   compare forward and reverse mode      make bench ARGS="--quick"'
	@echo 'make test    run the tests                         make test ARGS="tests/common"'
	@echo 'make lint    check style and types'
	@echo 'make clean   remove the virtual environment'

bench: $(VENV)/.installed-bench
	$(python) -m benchmarks $(ARGS)

test: $(VENV)/.installed-dev
	$(python) -m pytest -n 2 $(ARGS)

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

clean:
	rm -rf $(VENV)

# One stamp an extra, made again when its requirements may have changed.
$(VENV)/.installed-%: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(python) -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@
