# The daily verbs. Each sets up what it needs; `make setup` alone prepares everything.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PORT ?= 8080
PY := $(VENV)/bin/python
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: help setup run smoke test fast check format messages bench lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: requirements.lock pyproject.toml tools/setup.sh
	@bash tools/setup.sh python
	@touch $@

setup: $(VENV)/.ready ## Python environment, system packages, Asterisk
	@bash tools/setup.sh system
	@trunkline-lab fetch

run: setup ## the whole product alive: a real Asterisk, real calls, demo customers
	@trunkline demo --port $(PORT)

smoke: setup ## the same for 30 s, unattended; the exit status tells
	@trunkline smoke

fast: $(VENV)/.ready ## the tests that need nothing but Python
	@pytest -q tests/unit

check: $(VENV)/.ready ## format, lint, types, import rules
	@ruff format --check . && ruff check . && mypy && lint-imports

test: setup check ## everything, the real Asterisk and Chromium included
	@bash tools/run_tests.sh

format: $(VENV)/.ready ## put the code in form
	@ruff format . && ruff check --fix .

messages: $(VENV)/.ready ## collect what people read, for translation (web/locale)
	@PYTHONPATH=. $(PY) tools/messages.py

bench: setup ## one benchmark: make bench NAME=pop | pipeline | lookup
	@$(PY) -m bench.$(NAME)

lock: $(VENV)/.ready ## pin the newest allowed versions
	@uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate -q -U -o requirements.lock

clean: ## forget the environment and every cache
	@rm -rf $(VENV) .cache .run .mypy_cache .ruff_cache .pytest_cache .hypothesis
