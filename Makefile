# STUDIOLO_PYTHON names another interpreter (3.11) when `python3` is not the one.
SHELL := /bin/bash
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

lock: ## resolve the dependencies again into requirements/*.lock
	@bash requirements/lock.sh

.PHONY: help lock
