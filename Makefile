# `make` lists the targets.

.DEFAULT_GOAL := help
# Segue starts quicker when Python may keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-harness check format bench bench-ann bench-serving bench-rebuild bench-scale bench-faults bench-quality lock clean

COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-annotate --no-header

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

run: .venv/.ready ## Set up everything and serve the web app on http://127.0.0.1:8000/
	@if [ -n "$$SEGUE_DATABASE_URL" ]; then .venv/bin/segue db upgrade; \
	else .venv/bin/segue demo --if-empty; fi
	@exec .venv/bin/segue serve

test: .venv/.ready-dev check ## Set up everything, run all checks and all tests but the harness
	@.venv/bin/python -m tests.support.provision
	.venv/bin/python -m pytest --numprocesses 2 -m "not harness"

test-harness: .venv/.ready-dev ## Short runs of the benchmarks that start, load and kill whole servers
	@.venv/bin/python -m tests.support.provision
	.venv/bin/python -m pytest -m harness

check: .venv/.ready-dev ## Run the linters, the type checker and the import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

format: .venv/.ready-dev ## Format the code and mend what ruff can mend
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: .venv/.ready-dev ## Measure speed and recall of the demo, write benchmarks/results/
	.venv/bin/python -m benchmarks locust

bench-ann: .venv/.ready-bench ## Similar tracks against five nearest-neighbour libraries
	.venv/bin/python -m benchmarks ann

bench-serving: ## Requests a second against endpoints that do nothing
bench-rebuild: ## Rebuilds from MariaDB, and reads while generations are swapped
bench-scale: ## Ten million tracks, memory of workers
bench-faults: ## Database outages, damaged files, killed processes, writes
bench-quality: ## Lists against plain methods, on real playlists and listeners
bench-serving bench-rebuild bench-scale bench-faults bench-quality: bench-%: .venv/.ready-dev
	.venv/bin/python -m benchmarks $*

lock: .venv/.ready-dev ## Pin the newest versions of all packages
	$(COMPILE) pyproject.toml --group build --output-file requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock
	$(COMPILE) pyproject.toml --group build --group dev --group bench \
		--constraint requirements-dev.lock --output-file requirements-bench.lock

clean: ## Remove the environment and the caches; the data stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis test-artifacts
	find index service tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that the environment holds what a lock file says.
.venv/.ready: requirements.lock pyproject.toml deploy/environment.sh
	@deploy/environment.sh requirements.lock
	@touch $@

.venv/.ready-dev: requirements-dev.lock pyproject.toml deploy/environment.sh
	@deploy/environment.sh requirements-dev.lock
	@touch $@ .venv/.ready

.venv/.ready-bench: requirements-bench.lock pyproject.toml deploy/environment.sh
	@deploy/environment.sh requirements-bench.lock
	@touch $@ .venv/.ready .venv/.ready-dev
