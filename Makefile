# What there is to do here: `make help`. Recipes are thin: the work is done by `monitor` (ops/) and the kit (airgap/).

STACK ?= dev
PYTHON ?=
.DEFAULT_GOAL := help
SHELL := /bin/sh

BIN := .venv/bin
READY := .venv/.ready
MONITOR := $(BIN)/monitor
PYTEST := $(BIN)/pytest -q
# for tests that share nothing: no engine, no stack
PARALLEL := -n 2 --dist worksteal

.PHONY: help up preview pr-preview policies down destroy health urls test lint unit rules plugins e2e engines bench mutation metrics new-alert export-dashboard report images tools sbom lock venv run-plugins run-e2e test-long run-long

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  STACK=NAME chooses the stack (dev); AIRGAP=1 or AIRGAP=0 decides what else is found out: build or download"

up: $(READY) ## Bring the stack up and wait until all is well
	@$(MONITOR) up --stack $(STACK)

preview: $(READY) ## Show what `make up` would change
	@$(MONITOR) preview --stack $(STACK)

pr-preview: $(READY) ## Tell in words what this checkout changes in each stack, compared with BASE=main
	@$(if $(BASE),:,echo "BASE= is missing: the branch, tag or commit to compare with, such as BASE=main" >&2; exit 2)
	@$(BIN)/python -m airgap tools prometheus alertmanager
	@$(BIN)/python -m delivery '$(BASE)'

down: $(READY) ## Stop and remove everything, keep the data
	@$(MONITOR) down --stack $(STACK)

destroy: $(READY) ## Remove everything, data too (asks first)
	@$(MONITOR) destroy --stack $(STACK)

health: $(READY) ## Is everything well?
	@$(MONITOR) health --stack $(STACK)

urls: $(READY) ## Where things are
	@$(MONITOR) urls --stack $(STACK)

test: $(READY) ## Run all tests: lint, unit, rules, plugins, e2e, engines
	@ops/suites.sh lint unit rules plugins e2e engines

lint: $(READY) ## Format, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

unit: $(READY) ## Unit tests: seconds, no Docker, nothing built
	@$(PYTEST) $(PARALLEL) tests/unit tests/viewer tests/exporter tests/engines tests/demo tests/ops tests/airgap tests/policy -m "not engine"

policies: $(READY) ## Check every stack against the policies (policy/rules.py)
	@$(BIN)/python -m policy

rules: $(READY) ## Test alert rules and routes with promtool and amtool
	@$(BIN)/python -m airgap tools prometheus alertmanager
	@PATH="$(CURDIR)/.state/bin:$$PATH" $(PYTEST) $(PARALLEL) tests/rules tests/routing tests/tools tests/delivery

mutation: $(READY) ## Change each alert a little: do its tests notice? (AREA="system redis": only there)
	@$(BIN)/python -m airgap tools prometheus
	@$(BIN)/python -m tools.mutation $(foreach area,$(AREA),--area $(area))

export-dashboard: $(READY) ## Bring a dashboard made by hand into dashboards/: UID=…
	@$(if $(UID),:,echo "UID= is missing: the part of the dashboard's address after /d/" >&2; exit 2)
	@$(MONITOR) export-dashboard '$(UID)' --stack $(STACK)

report: $(READY) ## Draw every panel of the dashboards: SINCE=7d, one page
	@$(MONITOR) report $(if $(SINCE),--since '$(SINCE)') --stack $(STACK)

metrics: $(READY) ## Record which metrics the running stack exports, for the tests of the rules
	@$(BIN)/python -m tools.record_metrics --stack $(STACK)

new-alert: $(READY) ## Write a new alert's rule, test and runbook: NAME=LikeThis (FILE=description.yml)
	@$(BIN)/python -m airgap tools prometheus
	@$(BIN)/python -m tools.new_alert '$(NAME)' $(if $(FILE),--from '$(FILE)')

plugins: $(READY) ## Test plugins, kit and demo on a real Docker engine
	@$(BIN)/python -m airgap tools
	@ops/with-engine.sh $(MAKE) --no-print-directory images run-plugins

run-plugins:
	@$(PYTEST) tests/airgap tests/demo tests/viewer -m engine

e2e: $(READY) ## Test the whole system end to end (ENGINE=20.10, 28.5 or 28.5-containerd: on that one)
	@$(BIN)/python -m airgap tools
	@$(if $(ENGINE),$(BIN)/python -m tests.support.engines --images '$(ENGINE)' $(MAKE) --no-print-directory run-e2e, \
		ops/with-engine.sh $(MAKE) --no-print-directory images run-e2e)

engines: $(READY) ## Test a stack's way on the engines of today (28.5, 28.5 with the containerd store)
	@$(BIN)/python -m airgap tools
	@$(PYTEST) -s tests/engines

run-e2e:
	@$(PYTEST) tests/e2e

test-long: $(READY) ## Test what takes minutes (tests/long; SUITE=kills, floods, recover, hosts, ... for one)
	@ops/with-engine.sh $(MAKE) --no-print-directory images run-long

run-long:
	@$(PYTEST) $(if $(SUITE),$(or $(wildcard tests/long/test_$(SUITE).py tests/long/*/test_$(SUITE).py),tests/long/test_$(SUITE).py),tests/long)

bench: $(READY) ## Measure, print a table, write .bench/results.json
	@$(BIN)/python -m tools.bench

images: $(READY) ## Build the local images (air-gapped kit)
	@$(BIN)/python -m airgap images

tools: $(READY) ## Build the Pulumi CLI and the other programs (air-gapped kit)
	@$(BIN)/python -m airgap tools

sbom: $(READY) ## Write what is in the images into .state/sbom.cdx.json (CycloneDX)
	@$(BIN)/python -m airgap sbom

# for the oldest Python there is to run on: a newer one needs fewer packages, and their hashes would be missing
lock: $(READY) ## Lock the requirements anew, with hashes
	@for name in requirements requirements-dev container_exporter/requirements demo/requirements viewer/requirements ops/uv; do \
		echo "locking $$name.txt"; \
		$(BIN)/python -P ops/fast_pip.py compile --quiet --python-version 3.11.0 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links --output-file $$name.txt $$name.in || exit 1; \
	done

venv: $(READY) ## Set up the Python environment only
	@:

$(READY): requirements-dev.txt pyproject.toml ops/venv.sh ops/uv.txt
	@PYTHON="$(PYTHON)" ops/venv.sh
	@touch $@
