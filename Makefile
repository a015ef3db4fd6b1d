# Each target sets up what it needs by itself; nothing but Python 3.11+, make and a package index is expected.
PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# What is compiled is kept: else each process of the tests and each `oms` does it anew, a third of what collecting costs.
unexport PYTHONDONTWRITEBYTECODE
LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench dashboards dagster lock contracts format browser clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

.venv/bootstrap: requirements-bootstrap.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $@

.venv/runtime: .venv/bootstrap requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/development: .venv/runtime requirements-dev.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/runtime ## make the environment from the lock

run: setup ## the main job on the demo network; again: its next business day
	@$(BIN)/oms demo

test: .venv/development browser ## all tests
	$(BIN)/python -m pytest

check: .venv/development ## lint, types, architecture, contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m oms_core.contracts.properties dbt_project --check

# What we are measured against wants other versions than the product: an environment of its own.
.venv-anchors/ready: .venv/bootstrap requirements-anchors.lock
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-anchors
	$(BIN)/uv pip install --quiet --python .venv-anchors/bin/python --require-hashes -r requirements-anchors.lock
	@touch $@

bench: .venv/development .venv-anchors/ready ## measure what we claim; ONLY=name,name for some
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY),)

dashboards: setup ## the planners' pages, on http://127.0.0.1:8501
	$(BIN)/streamlit run dashboards/serve.py

dagster: setup ## the graph, its runs and schedules, on http://127.0.0.1:3000
	$(BIN)/oms dagster

contracts: .venv/development ## write the dbt properties anew from oms_core/contracts
	$(BIN)/python -m oms_core.contracts.properties dbt_project

format: .venv/development ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/bootstrap ## resolve the dependencies anew
	$(LOCK) --upgrade pyproject.toml --group bootstrap -o requirements.lock
	$(LOCK) --upgrade --group bootstrap -c requirements.lock -o requirements-bootstrap.lock
	$(LOCK) --upgrade pyproject.toml --group bootstrap --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --upgrade --group anchors -o requirements-anchors.lock

# The system's Chromium, else Playwright's download, else the system's package manager where it may. Each is asked for
# anew after it was fetched: a download that cannot start for want of a library must not end the search.
browser: .venv/development
	@found() { $(BIN)/python tests/app/chromium.py >/dev/null; }; \
	  found || { $(BIN)/playwright install chromium >/dev/null 2>&1 && found; } \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq \
	       && apt-get install -y -qq chromium >/dev/null && found; } \
	  || echo "No Chromium to be had: the browser tests will be skipped (with CI=true they fail)."

clean: ## remove the environment and every build product, never a home
	rm -rf .venv .venv-anchors dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
