# make demo  sets everything up and runs the main job on the built-in simulators
# make test  sets everything up and runs the tests
# make bench measures speed beside rivals and floors (benchmarks/README.md)
# make check is what CI runs: lint, types, layers, docs, sizes, tests
# make mutants changes the code of the law and the policy line by line and lists the changes that no test notices; it takes an hour
#              for each (MUTANTS=policy for one of them)

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLIENTS := $(VENV)/clients
OTHERS := tests/simulators/others/requirements
DEMO ?=
BENCH ?=
MUTANTS ?= law policy

.PHONY: demo test clients check lint types layers docs sizes generate mutants bench lock clean

demo: $(READY)
	@$(BIN)/kravbro demo $(DEMO)

test: $(READY) clients
	PYTHON=$(BIN)/python sh tools/postgres.sh
	sh tools/verapdf.sh
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

clients: $(CLIENTS)/.ready

check: $(READY) lint types layers docs sizes test

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

docs: $(READY)
	PYTHONPATH=. $(BIN)/python tools/generate_docs.py --check
	PYTHONPATH=. $(BIN)/python tools/letter_pictures.py --check
	$(BIN)/python -m pytest tests/test_docs.py

sizes: $(READY)
	$(BIN)/python tools/sizes.py

generate: $(READY)
	PYTHONPATH=. $(BIN)/python tools/generate_docs.py
	PYTHONPATH=. $(BIN)/python tools/letter_pictures.py

# The score and what survives, with reasons, stand in docs/mutants.md.
mutants: $(READY)
	@for package in $(MUTANTS); do PYTHONPATH=. $(BIN)/python tools/mutants.py $$package || exit 1; done

bench: $(READY)
	$(BIN)/python -m benchmarks $(BENCH)

lock:
	uv pip compile -q pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.lock
	uv pip compile -q $(OTHERS).in --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o $(OTHERS).lock

# Everything is installed at its locked version and hash; nothing of the machine's own Python is used.
# It speaks on standard error only: what `make demo` prints is the demo's.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	@echo "Setting up $(VENV), once …" >&2
	@$(PYTHON) -m venv $(VENV) >&2
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock >&2
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
	@touch $(READY)

# Public clients of others, which the tests lead to the simulators.
$(CLIENTS)/.ready: $(READY) $(OTHERS).lock
	@$(BIN)/python -m venv --clear $(CLIENTS) >&2
	@$(CLIENTS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $(OTHERS).lock >&2
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants
