SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
BED := $(PYTHON) -m testbed

.PHONY: help setup lock generate check format test test-faults drivers walk demo bed bed-down bed-env sdk check-sdk release record-state bench

help: ## show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {gsub(/[$$][$$]/, "$$", $$2); printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## make the Python environment from the lock files

.venv/ready: requirements.txt requirements-dev.txt
	@tools/timed "Python environment" tools/setup

lock: setup ## write the lock files from pyproject.toml; UPGRADE=1 takes the newest versions
	@tools/timed "lock files" tools/lock $(if $(UPGRADE),--upgrade)

generate: setup ## regenerate the Python types and docs/reference from schema.json
	@$(PYTHON) tools/generate_types.py
	@$(PYTHON) -m tools.generate_reference

format: setup ## format the code
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .

check: setup ## lint, types, unit, contract and construct tests, in under 2 minutes
	@tools/check

test: setup ## all tests except test-faults, on a separate Kubernetes; needs root on Linux
	@tools/test

test-faults: setup ## stop a node, the NAS, gateways, Pods, operator and API server under load; needs root
	@$(BED) build && $(PYTHON) -m pytest -q -p no:randomly -m faults -n 2 --dist loadfile

drivers: setup ## connect with every driver and write the table of docs/drivers.md; needs root, Go, Rust, Java, Node.js
	@$(BED) build && TAU_DRIVERS=all $(PYTHON) -m pytest -q -p no:randomly tests/cluster/test_tau_application_databases.py

walk: setup ## run random programs against a fake Kubernetes (STEPS=1000 SEED=1)
	@$(BED) build && $(PYTHON) -m pytest -q -p no:randomly -m walk tests/walk && TAU_WALK_STEPS=$(or $(STEPS),1000) TAU_WALK_SEED=$(or $(SEED),1) $(PYTHON) -m tests.walk

demo: setup ## build the bed, deploy the example on it, query through DATABASE_URL
	@tools/demo

bed: setup ## build the test bed and start the cluster; needs root on Linux
	@$(BED) up

bed-down: setup ## stop the cluster and remove everything except the cache
	@$(BED) down

bed-env: setup ## print the shell's exports: eval "$$(make -s bed-env)"
	@$(BED) env

sdk: setup ## generate the SDKs from schema.json into sdk/; needs Go
	@tools/generate-sdk

check-sdk: setup ## pack the SDKs, check types and style of all examples; needs Node.js
	@tools/check-sdk

release: setup ## build the plugin for each platform (or PLATFORM=linux-amd64) and the SDKs in dist/; needs Node.js
	@tools/timed "release archives" $(PYTHON) tools/release.py $(PLATFORM)
	@tools/timed "SDK packages" $(PYTHON) tools/release_sdk.py

record-state: setup ## record the state of this version, for tests of later ones; needs root on Linux
	@tools/timed "recorded state" $(PYTHON) -m tools.record_state

bench: setup ## compare tau with handwritten programs and kubectl (PARTS="plugin programs": no cluster); needs root
	@tools/timed "benchmarks" $(PYTHON) -m tools.benchmarks --document $(PARTS)
