# Every target sets up .venv by itself when it is not there or out of date, and does nothing more.
PYTHON ?= python3
Q ?= What was the theme of EXPO 2017?
BIN := .venv/bin
READY := .venv/.ready
DEV_READY := .venv/.ready-dev
RELEASE_READY := .venv/.ready-release

.PHONY: ask chat test soak lint bench evaluate docs dist sbom audit clean

ask: $(READY)
	@$(BIN)/qa ask "$(Q)"

chat: $(READY)
	@$(BIN)/qa chat

test: $(DEV_READY)
	$(BIN)/python -m pytest --numprocesses auto

# The reliability tests with all their rounds: kills, flipped bytes, full disks. Half an hour or so.
soak: $(DEV_READY)
	DOCUMENT_QA_SOAK=1 $(BIN)/python -m pytest -m slow -s tests/reliability

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Beside LangChain, LlamaIndex, txtai and sentence-transformers, which are installed into .bench first.
# DATA is a folder in BEIR layout; without it the sentences of the samples are used, for a try.
bench: $(DEV_READY)
	$(BIN)/python -m tests.benchmarks $(DATA)
	$(BIN)/python -m tests.benchmarks.performance

# DATA is a folder of sets, as tests/benchmarks/evaluate.py says; SETS some of their names.
evaluate: $(DEV_READY)
	@test -n "$(DATA)" || { echo 'name a folder of sets: make evaluate DATA=FOLDER' >&2; exit 2; }
	$(BIN)/python -m tests.benchmarks.evaluate "$(DATA)" $(SETS)

# The documentation as a site without calls to other hosts, in site/.
docs: $(RELEASE_READY)
	$(BIN)/mkdocs build --quiet

dist: $(RELEASE_READY)
	$(BIN)/python -m build

# What is installed in .venv, as a CycloneDX bill of materials.
sbom: $(RELEASE_READY)
	@mkdir -p dist
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-file dist/sbom.json $(BIN)/python

# Asks the advisory database of the Python packaging authority, which needs the network.
audit: $(RELEASE_READY)
	$(BIN)/pip-audit --skip-editable

clean:
	rm -rf .venv build dist site *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV_READY): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(RELEASE_READY): $(DEV_READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs,release]'
	@touch $@
