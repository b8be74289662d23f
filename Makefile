# Every target sets up .venv by itself when it is not there or out of date, and does nothing more.
PYTHON ?= python3
Q ?= What was the theme of EXPO 2017?
BIN := .venv/bin
READY := .venv/.ready
DEV_READY := .venv/.ready-dev
SCALE_READY := .venv/.ready-scale
RELEASE_READY := .venv/.ready-release

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Tests write and sync many small files: in memory, where there is room for them.
MEMORY := $(shell grep -qs ' /dev/shm [^ ]* [^ ]*noexec' /proc/mounts || \
	df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "TMPDIR=/dev/shm" }')
PYTEST := $(MEMORY) $(BIN)/python -m pytest --numprocesses auto -o tmp_path_retention_count=1

# What runs on Milvus, on Ray or over buckets, beside what has no need of these.
SCALE_TESTS := tests/qa/milvus tests/qa/cluster tests/qa/test_remote_library.py \
	tests/qa/test_remote_s3.py tests/qa/test_store.py tests/embeddings/test_index_contract.py \
	tests/reliability/test_milvus.py tests/test_dependencies.py tests/test_extras.py

.PHONY: ask chat test test-slow test-milvus test-scale soak lint bench evaluate docs dist sbom audit clean

ask: $(READY)
	@$(BIN)/qa ask "$(Q)" || test $$? -eq 3 # 3: no passage answers, which is an answer too

chat: $(READY)
	@$(BIN)/qa chat

test: $(DEV_READY)
	$(PYTEST)

# What takes longer: real models at length, kills, and the page in Chromium.
test-slow: $(DEV_READY)
	$(PYTEST) -m "slow and not long or browser" --dist loadfile

# With the extra milvus: the contracts of stores and indexes on Milvus Lite, and what else is quick.
test-milvus: $(DEV_READY)
	$(INSTALL) -e '.[dev,milvus]'
	$(PYTEST) -m "not long" tests/qa/milvus tests/qa/test_store.py \
		tests/embeddings/test_index_contract.py tests/test_dependencies.py tests/test_extras.py

# With the extras milvus, ray and remote: stores in Milvus Lite, clusters of two nodes, a bucket, and
# what may be killed or cut of these. Ten minutes or so.
test-scale: $(SCALE_READY)
	$(PYTEST) -m "slow or not slow" --dist loadfile $(SCALE_TESTS)

# The reliability tests with all their rounds: kills, flipped bytes, full disks. Half an hour or so.
soak: $(SCALE_READY)
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

dist: $(DEV_READY)
	$(BIN)/python -m build

# What is needed to run, in the versions installed in .venv, as a CycloneDX bill of materials.
sbom: $(RELEASE_READY)
	@mkdir -p dist
	$(BIN)/python -m tests.tools.make_sbom dist/sbom.json

# Asks the advisory database of the Python packaging authority, which needs the network.
audit: $(RELEASE_READY)
	$(BIN)/pip-audit --skip-editable

clean:
	rm -rf .venv build dist site *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) -e .
	@touch $@

$(DEV_READY): $(READY)
	$(INSTALL) -e '.[dev]'
	@touch $@

$(SCALE_READY): $(DEV_READY)
	$(INSTALL) -e '.[dev,milvus,ray,remote,scale-dev]'
	@touch $@

$(RELEASE_READY): $(DEV_READY)
	$(INSTALL) -e '.[docs,release]'
	@touch $@
