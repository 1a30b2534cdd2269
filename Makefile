# make run | test | check | bench; each does all the set-up that it needs. Needs Python 3.11 or newer and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LABEL_STUDIO := .venv-label-studio
PORT ?= 8180

export PATH := $(CURDIR)/$(BIN):$(PATH)
export DO_NOT_TRACK := 1
export DVC_NO_ANALYTICS := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export KEDRO_DISABLE_TELEMETRY := 1
export MLFLOW_DISABLE_TELEMETRY := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run study stop test check bench lock setup mlflow label-studio browser help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: setup  ## go the whole way, from photographs to the report; does only what has changed
	@touch $(VENV)/.started
	@dvc repro
	@test data/08_reporting/metrics.json -nt $(VENV)/.started || python -m wordmend.evaluation.summary data/08_reporting

study: setup  ## find out whether words move pictures on your photographs, in an hour; goes on when said again
	@kedro run --env "$$(sed -n 's/^kedro_env: *//p' params.yaml)" --pipelines=study

stop: setup  ## end every training that runs, in order: its result is kept
	@$(BIN)/python -m wordmend.stop

test: check $(LABEL_STUDIO)/.installed browser  ## run every test
	@$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

check: setup  ## lint, types, import rules
	@ruff check
	@ruff format --check
	@mypy
	@lint-imports

bench: setup  ## measure the speed, as ratios against named baselines
	@$(BIN)/python -m benchmarks

mlflow: setup  ## show the trainings in the browser
	@mlflow ui --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///$(CURDIR)/mlflow.db}" --host 127.0.0.1

label-studio: setup $(LABEL_STUDIO)/.installed  ## start the server that people comment on
	@$(BIN)/python -m wordmend.labelstudio.local_server $(LABEL_STUDIO)/bin/label-studio --port $(PORT)

browser:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || { echo "the browser tests need Chromium: sudo apt-get install chromium"; exit 1; }

$(LABEL_STUDIO)/.installed: requirements-label-studio.lock | $(INSTALLED)
	@echo "setting up Label Studio in $(LABEL_STUDIO) (once, a minute or two) ..."
	@test -x $(LABEL_STUDIO)/bin/python || $(PYTHON) -m venv $(LABEL_STUDIO)
	@uv pip sync --quiet --python $(LABEL_STUDIO)/bin/python --require-hashes requirements-label-studio.lock
	@touch $@

setup: $(INSTALLED)  ## install everything into .venv

$(INSTALLED): requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wordmend needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another one with: make PYTHON=python3.11 ...")'
	@echo "setting up $(VENV) (once, a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.lock
	@uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

lock:  ## resolve the dependencies of pyproject.toml anew
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv; }
	@uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements.lock pyproject.toml
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements-label-studio.lock requirements-label-studio.in
	@awk '/^[^ ]/{keep=/^uv==/} keep' requirements.lock > requirements-uv.lock
