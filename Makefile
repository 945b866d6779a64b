# Every target sets itself up: on a bare machine the first one takes half a minute more.
# STUDIOLO_PYTHON names another interpreter (3.11) when `python3` is not the one.
SHELL := /bin/bash
.DEFAULT_GOAL := help
RUN := .venv/bin

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: setup ## everything in one process tree: database, broker, API, worker (Ctrl-C stops it)
	@exec $(RUN)/studiolo up --with-parent

test: setup clients ## format, lint, types, import contracts, and the whole test suite
	@$(MAKE) --no-print-directory -j 3 lint types suite

check: setup ## the fast part: format, lint, types, import contracts, and the tests that need no database
	@$(MAKE) --no-print-directory -j 3 lint types quick

demo: setup ## the whole study loop against a stack of its own
	@bash requirements/with_stack.sh $(RUN)/studiolo demo

bench: setup ## every table of benchmarks/
	@for each in $$(cd benchmarks && ls [a-z]*.py | sed 's/\.py$$//'); do $(RUN)/python -m benchmarks.$$each || exit 1; done

lock: ## resolve the dependencies again into requirements/*.lock
	@bash requirements/lock.sh

setup:
	@bash requirements/setup.sh

clients:
	@bash requirements/npm_clients.sh

lint:
	@$(RUN)/ruff format --check --quiet . || { $(RUN)/ruff format --check . ; exit 1; }
	@$(RUN)/ruff check --quiet .
	@told=$$($(RUN)/lint-imports --no-logo) || { echo "$$told"; exit 1; }

types:
	@$(RUN)/mypy

suite:
	@$(RUN)/pytest -q -n 2 --dist loadgroup

quick:
	@$(RUN)/pytest -q tests/unit tests/architecture

.PHONY: help run test check demo bench lock setup clients lint types suite quick
