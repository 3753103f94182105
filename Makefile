# The verbs of this project. `make help` lists them; CI calls the same ones.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
.PHONY: help setup chromium demo test check format bench synth deploy edge-asset generate lock sam clean

PYTHON := $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $(name))))
BIN := .venv/bin
export PYTHONPATH := layers/core/python
export PYTHONDONTWRITEBYTECODE := 1
# Node 20 works and is tested; its end-of-life banner would hide what matters.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

help:  ## this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/ready .venv-sam/ready node_modules/ready chromium  ## everything the other verbs need, inside this folder

demo: .venv/ready node_modules/ready chromium  ## the whole loop on this machine; ARGS="--exit" ends after the table
	@$(BIN)/python -m local.demo $(ARGS)

test: setup examples/next/.next/BUILD_ID  ## all tests, a browser journey through the local cloud included; ARGS go to pytest
	@$(BIN)/python -m tests $(ARGS)
	@npm test --silent

check: setup  ## format, lint, types, import contracts, generated files fresh, templates valid
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm run --silent format:check
	npm run --silent typecheck
	$(BIN)/python -m infra.generate --check
	$(BIN)/python -m local.sam validate

format: setup  ## format everything
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	npm run --silent format

bench: setup  ## every bench, and the table in docs/performance.md
	@$(BIN)/python -m bench.table $(ARGS)

bench-%: setup  ## one bench: make -s bench-edge ARGS="--help"; bench-control takes TRACES=DIR
	@$(BIN)/python -m bench.$* $(if $(TRACES),--traces "$(TRACES)") $(ARGS)

edge-asset: .venv/ready  ## stage the Lambda@Edge package in build/edge_request
	@$(BIN)/python -m infra.edge_asset

synth: .venv/ready node_modules/ready  ## the CloudFormation templates in cdk.out; no credentials needed
	@node_modules/.bin/cdk synth --quiet $(ARGS)

deploy: .venv/ready node_modules/ready  ## into the AWS account of the environment, us-east-1
	@npm run --silent build
	@node_modules/.bin/cdk deploy --all $(ARGS)
	@./adaptive-ops publish-dashboard

generate: setup  ## contracts and tables that are generated from code
	@$(BIN)/python -m infra.generate

sam: setup  ## run one function by SAM: make sam FUNCTION=ingest EVENT=tests/functions/events/…
	@$(BIN)/python -m local.sam invoke $(FUNCTION) $(EVENT)

LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"

lock: .venv/ready  ## resolve the locks anew from pyproject.toml
	$(LOCK) pyproject.toml --group local --group dev -o requirements.txt
	echo "aws-sam-cli==1.170.0" | $(LOCK) - -o requirements-sam.txt
	printf '%s\n' aws-lambda-powertools pydantic crawler-user-agents tzdata \
		| $(LOCK) - --constraint requirements.txt --no-annotate -o layers/core/requirements.txt
	echo pycurl | $(LOCK) - --constraint requirements.txt --no-annotate -o layers/probing/requirements.txt
	printf '%s\n' pyvips pyvips-binary \
		| $(LOCK) - --constraint requirements.txt --no-annotate -o layers/imaging/requirements.txt

examples/next/node_modules/ready: examples/next/package-lock.json
	@echo "Installing Next.js for its example (once) …"
	@cd examples/next && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

examples/next/.next/BUILD_ID: examples/next/node_modules/ready examples/next/next.config.js $(wildcard examples/next/app/*)
	@echo "Building the Next.js example (once) …"
	@cd examples/next && NEXT_TELEMETRY_DISABLED=1 npm run --silent build >/dev/null

clean:  ## remove what the other verbs made
	rm -rf .venv .venv-sam node_modules build cdk.out .local examples/next/node_modules examples/next/.next .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Any Chromium will do. The one thing that may be installed outside this folder, and only by root on Debian.
chromium:
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome-stable google-chrome; do \
		command -v "$$name" >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's chromium (once) …"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "No Chromium found: install it (Debian: apt-get install chromium) or name it in CHROMIUM."; exit 1; fi

.venv/ready: requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is missing: install it (Debian: apt-get install python3 python3-venv)."; exit 1; }
	@echo "Installing Python packages into .venv (once) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(shell sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.txt)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt
	@touch $@

# SAM pins its own versions of almost everything, so it lives apart.
.venv-sam/ready: requirements-sam.txt .venv/ready
	@echo "Installing the AWS SAM CLI into .venv-sam (once) …"
	@$(PYTHON) -m venv .venv-sam
	@$(BIN)/uv pip sync --quiet --python .venv-sam/bin/python --require-hashes requirements-sam.txt
	@touch $@

node_modules/ready: package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || { echo "Node.js 20 or newer is missing: install it from nodejs.org, your package manager or nvm."; exit 1; }
	@echo "Installing npm packages into node_modules (once) …"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
