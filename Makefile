# The one door for developers: `make demo` to see it, `make test` to check it. CI runs only what is here.
# Needs make and Python 3.11 or later; everything else goes into .venv from the hashed locks.

PYTHON ?= python3
BIN := .venv/bin
# Unset, the tools would leave a signing key in the data folder; this one signs nothing that lasts.
CHECK_ENV := NIGHTLIGHT_SECRET_KEY=only-for-checks NIGHTLIGHT_DATABASE_URL=postgresql:///never-connected
# As many processes as cores; a file's tests stay in one.
SPREAD := --numprocesses=auto --maxprocesses=4 --dist=loadfile
ARGS ?=

.PHONY: audit demo test test-spark check fix docs bench lock clean soak soak-simulation venv venv-dev chromium help

help: ## say what can be made
	@sed -n 's/^\([a-z%-]*\):.*## /\1: /p' Makefile

demo: venv ## make, fill and serve an invented partnership (make demo ARGS=--once to do all but serve)
	@$(BIN)/nightlight demo $(ARGS)

test: venv-dev chromium check ## check everything and run every test
	@$(BIN)/pytest -q $(SPREAD) $(ARGS)

check: venv-dev ## format, lint, types, architecture, examples in the docs
	@$(BIN)/ruff format --check --quiet . || { echo "make: some files are not formatted; make fix formats them" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(CHECK_ENV) $(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .lint-imports.txt || { cat .lint-imports.txt; exit 1; }
	@$(BIN)/pytest -q --no-header tests/unit/docs

fix: venv-dev ## format, and mend what the linter can
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

test-%: venv-dev ## the tests of one kind: unit, spec, generative, contract, integration, journeys, simulation
	@$(BIN)/pytest -q $(SPREAD) tests/$* $(ARGS)

test-spark: venv-dev ## the same spans on Spark with two local workers (installs pyspark, 500 MB; needs Java 17)
	@command -v java >/dev/null || { echo "make: Spark needs Java 17. Debian: apt install openjdk-17-jre-headless" >&2; exit 1; }
	@$(PYTHON) tools/environment.py spark
	@$(BIN)/pytest -q tests/integration/engines/test_spark.py tests/unit/engines/test_spark.py $(ARGS)

audit: venv-dev ## ask whether any locked package has a known hole; needs the network, so CI does not
	@$(BIN)/python tools/audit.py

soak: venv-dev ## the generative tests for hours, with new examples each time
	@NIGHTLIGHT_HYPOTHESIS=soak $(BIN)/pytest -q tests/generative $(ARGS)

soak-simulation: venv-dev ## a million simulated days of the worker, with seeds that nobody chose (half an hour)
	@PYTHONPATH=tests $(BIN)/python -m support.world --seed $$(od -An -N4 -tu4 /dev/urandom) $(ARGS)

docs: venv-dev ## print the generated pages of docs/reference again
	@$(BIN)/python tools/print_docs.py

bench: venv-dev ## run every benchmark
	@for each in benchmarks/*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

lock: venv-dev ## work the locks out again from pyproject.toml
	@$(BIN)/python tools/lock.py $(ARGS)

clean: ## remove the environment and what tools left; the data folder stays
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov .lint-imports.txt
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@$(PYTHON) tools/environment.py runtime

venv-dev:
	@$(PYTHON) tools/environment.py dev

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { echo "make: the browser journeys need Chromium and it is not on this machine. Debian: apt install chromium" >&2; exit 1; }
