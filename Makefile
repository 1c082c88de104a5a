SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
BED := $(PYTHON) -m bed

.PHONY: help setup lock generate check format test test-faults walk demo bed bed-down bed-env sdk check-sdk release record-state bench

help: ## show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## make the Python environment from the lock files

.venv/ready: requirements.txt requirements-dev.txt
	@tools/timed "Python environment" tools/setup

lock: setup ## write the lock files from pyproject.toml; UPGRADE=1 takes the newest versions
	@tools/timed "lock files" tools/lock $(if $(UPGRADE),--upgrade)

generate: setup ## write the Python types and docs/reference anew from schema.json
	@$(PYTHON) tools/generate_types.py
	@$(PYTHON) -m tools.generate_reference

format: setup ## format the code
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .

check: setup ## lint, types, unit, contract and construct tests, in under 2 minutes
	@tools/check

test: setup ## everything but test-faults, on a Kubernetes of its own; needs root on Linux
	@tools/test

test-faults: setup ## take away a node, the NAS, gateways, Pods, operator and API server under load; needs root
	@$(BED) build && $(PYTHON) -m pytest -q -p no:randomly -m faults -n 2 --dist loadfile

walk: setup ## random programs, kills, stacks and clusters before a fake of Kubernetes, for STEPS=1000 from SEED=1 on
	@$(BED) build && $(PYTHON) -m pytest -q -p no:randomly -m walk tests/walk && TAU_WALK_STEPS=$(or $(STEPS),1000) TAU_WALK_SEED=$(or $(SEED),1) $(PYTHON) -m tests.walk

demo: setup ## build the bed, bring the example up on it, query through DATABASE_URL
	@tools/demo

bed: setup ## build what is missing and start the cluster; needs root on Linux
	@$(BED) up

bed-down: setup ## end the cluster and remove everything but the cache
	@$(BED) down

bed-env: setup ## print exports for a shell: eval "$$(make -s bed-env)"
	@$(BED) env

sdk: setup ## generate the SDKs from schema.json into sdk/; needs Go
	@tools/generate-sdk

check-sdk: setup ## pack the SDKs, check types and style of every example; needs Node.js
	@tools/check-sdk

release: setup ## build dist/: the plugin for each platform (with PLATFORM=linux-amd64 one of them), the SDKs; needs Node.js
	@tools/timed "release archives" $(PYTHON) tools/release.py $(PLATFORM)
	@tools/timed "SDK packages" $(PYTHON) tools/release_sdk.py

record-state: setup ## keep the state that this version leaves, for tests of later ones; needs root on Linux
	@tools/timed "recorded state" $(PYTHON) -m tools.record_state

bench: setup ## measure tau beside programs by hand and kubectl (PARTS="plugin programs": without a cluster); needs root
	@tools/timed "benchmarks" $(PYTHON) -m tools.benchmarks --document $(PARTS)
