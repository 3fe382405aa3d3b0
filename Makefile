# Everything Daedap needs on a fresh machine: make, a Python 3.11 to 3.13 with venv and pip, and the package index pip is set to.
# `make PYTHON=/path/to/python` picks the Python; the stamp files inside .venv make every target cheap the second time.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help setup run test lint bench kills chaos teams-package lock clean

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --progress-bar off
# The locks are complete, so pip has nothing to resolve; nothing is compiled except kiwipiepy-model, a folder of data that is published as source only.
LOCKED := $(PIP) --no-deps --no-compile --require-hashes --no-build-isolation --only-binary :all: --no-binary kiwipiepy-model
SUITABLE := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

# Without the model Daedap still answers, from words alone; so an index that lacks it is no reason to stop.
setup: $(VENV)/.project ## Make .venv and the embedding model, once
	@$(PY) -m retrieval.embedders.build_e5 || echo "Going on without the embedding model; 'make setup' tries again." >&2

run: setup ## Start Daedap with its page on http://127.0.0.1:8080; Ctrl-C stops it
	@exec $(VENV)/bin/daedap up

test: setup $(VENV)/.dev lint ## Everything CI judges: lint, then all tests
	@$(PY) -m pytest --numprocesses 2 --no-loadscope-reorder --quiet

lint: $(VENV)/.dev ## Style, types and import rules
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --quiet --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo

bench: setup $(VENV)/.bench ## Time indexing and search beside LangChain's EnsembleRetriever
	@$(PY) -m bench

kills: setup $(VENV)/.dev ## Kill -9 an index that is being written 250 times and look for damage (10 minutes)
	@$(PY) -m tests.retrieval.indexes.kill_campaign --kills 250

chaos: setup $(VENV)/.dev ## 3,000 questions while everything breaks, ten kills at every point (an hour; stopped, it goes on next time)
	@$(PY) -m tests.chaos

teams-package: $(VENV)/.project ## Make build/daedap-teams.zip to upload to Teams: make teams-package DOMAIN=bot.example.com
	@$(PY) deploy/teams/package.py --domain "$(DOMAIN)"

lock: ## Choose the newest fitting versions anew and write requirements/*.txt
	@PYTHON=$(PYTHON) sh requirements/lock.sh

clean: ## Remove .venv and every cache; .daedap (your index and conversations) stays
	rm -rf $(VENV) build daedap.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A command may exist and still not run (a pyenv shim, a Debian python3 without python3-venv), so each candidate is tried.
$(VENV)/.python:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if "$$python" -c '$(SUITABLE)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "make: no usable Python: tried '$(or $(PYTHON),python3 python3.13 python3.12 python3.11)', need 3.11, 3.12 or 3.13 with its venv and ensurepip modules." >&2; \
	  echo "      On Debian or Ubuntu: apt install python3 python3-venv. Elsewhere, name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	  exit 1; \
	fi; \
	"$$found" -m venv --clear $(VENV) && touch $@

$(VENV)/.base: requirements/build.txt requirements/base.txt | $(VENV)/.python
	@echo "Installing Daedap's packages into $(VENV) (about a minute, once)"
	@$(LOCKED) -r requirements/build.txt
	@$(LOCKED) -r requirements/base.txt
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.base
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.project
	@echo "Installing the tools that check Daedap"
	@$(LOCKED) -r requirements/dev.txt
	@touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.project
	@echo "Installing what the benchmarks compare with"
	@$(LOCKED) -r requirements/bench.txt
	@touch $@
