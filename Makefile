# One command for each habit; `make` alone lists them. Everything runs inside .venv, which the first command makes.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python

# The stamps carry a checksum of the pins: the same pins are never installed twice, changed ones always are.
PINS := $(shell cat requirements.txt requirements.lock scripts/venv.sh 2>/dev/null | cksum | cut -d' ' -f1)
DEV_PINS := $(shell cat requirements.txt requirements-dev.txt requirements.lock scripts/venv.sh 2>/dev/null | cksum | cut -d' ' -f1)
READY := .venv/.ready-$(PINS)
DEV_READY := .venv/.ready-dev-$(DEV_PINS)

.PHONY: help demo demo-reset test lint app lab sandbox bench soak promises venv clean

help: ## list these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## see the whole job in a few minutes: connect, profile, plan, import, check, sync (again: a quiet sync)
	@$(PY) -m toolkit --workspace var/demo demo

demo-reset: $(READY) ## forget the demo's workspace and sandbox, and begin anew
	@$(PY) -m toolkit --workspace var/demo demo --reset

# The screens in a process of their own: a page run by a test takes the place of __main__, a browser keeps a loop running.
test: $(DEV_READY) ## everything a developer needs to trust a change: lint, types, layers, tests, notebooks
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest -n 2 tests/sync tests/mapping --cov=toolkit/sync --cov=toolkit/mapping --cov-branch --cov-fail-under=100
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/sync --ignore=tests/mapping --ignore=tests/app --ignore=tests/browser
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/app tests/browser

lint: $(DEV_READY) ## ruff, mypy and the layer contracts
	@$(PY) -m ruff check . && $(PY) -m mypy && .venv/bin/lint-imports --cache-dir .import_linter_cache | tail -3

app: $(READY) ## open the front end in the browser
	@$(PY) -m streamlit run app.py

lab: $(READY) ## open the notebooks in JupyterLab on the demo's workspace, ready to step through
	@$(PY) -m toolkit --workspace var/demo demo --prepare
	@$(PY) -m toolkit --workspace var/demo lab

sandbox: $(READY) ## start a Salesforce org and an Accelo deployment on this machine, to rehearse on
	@$(PY) -m sandbox serve --world demo --state var/sandbox --ready var/sandbox/ready.json

bench: $(DEV_READY) ## measure: requests, rows per second, memory
	@for f in bench/*.py; do echo "== $$f"; $(PY) "$$f" || exit 1; done

soak: $(DEV_READY) ## the long tests: thousands of histories, kills and faults (hours)
	@$(PY) -m pytest -m soak --timeout=0

promises: $(DEV_READY) ## run the proofs of the numbered promises and write docs/promises.md
	@$(PY) scripts/promises.py

venv: $(READY) ## only make the environment

clean: ## remove caches; workspaces and .venv stay
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage

$(READY):
	@sh scripts/venv.sh requirements.txt
	@rm -f .venv/.ready-[0-9]*; touch $@

$(DEV_READY):
	@sh scripts/venv.sh requirements.txt requirements-dev.txt
	@rm -f .venv/.ready-*; touch $@ $(READY)
