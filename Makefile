# Needs Python 3.10+, pip and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint install clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# what reading needs: no torch
$(VENV)/.read: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

# training, measuring, tests
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@ $(VENV)/.read

install: $(VENV)/.dev

demo: $(VENV)/.read
	@echo "Lines (samples/lines), with confidence:"
	@$(BIN)/deeptext read samples/lines --show-confidence
	@echo
	@echo "A receipt, its layout kept (samples/pages/receipt.png):"
	@$(BIN)/deeptext read samples/pages/receipt.png --preserve-layout
	@echo
	@echo "A page of two columns, and a photograph:"
	@$(BIN)/deeptext read samples/pages/columns.png samples/pages/scene.png
	@$(BIN)/deeptext read samples/pages --format png -o out/demo/
	@echo
	@echo "The same pages to look at: out/demo/"

test: $(VENV)/.dev
	$(BIN)/python -m ruff check deeptext_cli tests
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/python -m ruff check deeptext_cli tests scripts benchmarks
	$(BIN)/python -m mypy

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
