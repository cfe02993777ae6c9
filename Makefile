# Everything a developer or a demo machine needs; Python 3.11+ and make are enough, no root.
#   make demo    set up, start the system, run the simulated city in, print the links
#   make test    set up, lint, types, import contracts, all tests
#   make bench   measure, with the anchors beside
#   make check   the quick part of `make test`

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench chromium lock clean long

PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v "$$p"; break; }; done)
ifeq ($(PYTHON),)
$(error Bihuan needs Python 3.11 or newer, and none of python3.13, python3.12, python3.11, python3 is one)
endif

SETUP := $(PYTHON) tools/setup.py
BIN := .venv/bin

help:
	@sed -n '2,5s/^#   //p' Makefile

setup:
	@$(SETUP) dev web

demo:
	@$(SETUP) run web
	@$(BIN)/bihuan demo

test:
	@$(SETUP) dev web chromium
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(SETUP) web-check
	$(BIN)/pytest -n 2 --dist loadgroup -m "not long"

long:
	@$(SETUP) dev web chromium
	$(BIN)/pytest -n 2 --dist loadgroup -m long

check:
	@$(SETUP) dev web
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadgroup -m "not browser and not long"

bench:
	@$(SETUP) oracle web
	@$(BIN)/bihuan bench

chromium:
	@$(SETUP) dev chromium

# New versions of everything; look at the diff before it is committed.
lock:
	@$(SETUP) lock

clean:
	rm -rf .venv .setup build dist web/node_modules src/bihuan/ends/static/bundle
