# make demo   install everything into .venv and explain the bundled cases
# make test   install and run the tests
# make check  lint, types, import direction

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# uv installs in seconds what pip needs minutes for; where it is missing it is put into the environment by pip.
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

.PHONY: install demo test check constraints clean
install: $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@[ "$(UV)" != "$(BIN)/uv" ] || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev,chat]'
	@touch $@

demo: install
	$(BIN)/cxr-lens demo --out demo-out

test: install
	$(BIN)/python -m pytest

check: install
	@mkdir -p build/types && ln -sfn ../.. build/types/cxr_lens
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python

constraints:
	{ head -n 1 constraints.txt; uv pip compile pyproject.toml --extra dev --extra chat --upgrade --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links -q; } > constraints.new && mv constraints.new constraints.txt

clean:
	rm -rf demo-out build dist *.egg-info
