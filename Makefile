# Every target sets up .venv by itself when it is not there or out of date, and does nothing more.
PYTHON ?= python3
Q ?= What was the theme of EXPO 2017?
BIN := .venv/bin
READY := .venv/.ready
DEV_READY := .venv/.ready-dev

.PHONY: ask chat test soak lint bench evaluate clean

ask: $(READY)
	@$(BIN)/qa ask "$(Q)"

chat: $(READY)
	@$(BIN)/qa chat

test: $(DEV_READY)
	$(BIN)/python -m pytest

# The reliability tests with all their rounds: kills, flipped bytes, full disks. Half an hour or so.
soak: $(DEV_READY)
	DOCUMENT_QA_SOAK=1 $(BIN)/python -m pytest -m slow -s tests/reliability

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(DEV_READY)
	$(BIN)/python -m tests.benchmarks

# DATA is a folder of sets, as tests/benchmarks/evaluate.py says; SETS some of their names.
evaluate: $(DEV_READY)
	@test -n "$(DATA)" || { echo 'name a folder of sets: make evaluate DATA=FOLDER' >&2; exit 2; }
	$(BIN)/python -m tests.benchmarks.evaluate "$(DATA)" $(SETS)

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV_READY): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
