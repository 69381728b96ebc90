# PolicyOps on one machine. `make up` and `make test` need nothing but git, make and Python 3.11.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
WORKERS ?= 2

VENV := .venv/bin/python
LOCAL := $(VENV) -m policyops.local
EXEC := $(LOCAL) exec --
export PORT

.PHONY: help up down status reset test e2e bench drill storm restore-drill lint lock messages env env-dev

help:
	@echo "make up [PORT=8000] [DETACH=1]  start everything and say where it is"
	@echo "make down | status | reset      stop it; what runs; delete .local with all data and keys"
	@echo "make test [WORKERS=2] [ARGS=]   the tests, against their own servers"
	@echo "make e2e                        the browser tests (Debian's Chromium)"
	@echo "make bench                      the measurements, with their baselines"
	@echo "make drill | storm              kill and race drills, small as in CI or at full size"
	@echo "make restore-drill              lose the database and restore it to a moment before"
	@echo "make lint                       formatting, types, layers, migrations"
	@echo "make messages                   collect the texts to be translated"
	@echo "make lock                       pin requirements*.in anew, with hashes"

up: env
	@$(LOCAL) up $(if $(DETACH),--detach)

down status reset:
	@if [ -x $(VENV) ]; then $(LOCAL) $@ $(if $(filter status,$@),|| true); \
	else echo "PolicyOps is not installed here yet: make up"; fi

test: env-dev
	@$(EXEC) $(VENV) -m pytest -n $(WORKERS) -m "not alone" tests --ignore=tests/e2e --ignore=tests/storms $(ARGS)
	@$(EXEC) $(VENV) -m pytest -n 0 -m alone tests --ignore=tests/e2e --ignore=tests/storms $(ARGS)

e2e: env-dev
	@.ci/browser
	@$(EXEC) $(VENV) -m pytest -n 0 tests/e2e $(ARGS)

bench: env-dev
	@$(EXEC) $(VENV) -m benchmarks $(ARGS)

drill: env-dev
	@.ci/servers
	@$(EXEC) $(VENV) -m pytest -n 0 tests/storms $(ARGS)

storm: env-dev
	@.ci/servers
	@STORM=full $(EXEC) $(VENV) -m pytest -n 0 tests/storms $(ARGS)

restore-drill: env-dev
	@STORM=full $(EXEC) $(VENV) -m pytest -n 0 -s tests/storms/test_restore.py $(ARGS)

lint: env-dev
	@$(VENV) -m ruff format --check .
	@$(VENV) -m ruff check .
	@$(EXEC) $(VENV) -m mypy apps policyops
	@.venv/bin/lint-imports
	@$(EXEC) $(VENV) manage.py makemigrations --check --dry-run

lock:
	@.ci/lock

messages: env-dev
	@$(EXEC) $(VENV) manage.py make_messages

env:
	@$(PYTHON) policyops/local/bootstrap.py

env-dev:
	@$(PYTHON) policyops/local/bootstrap.py --dev
