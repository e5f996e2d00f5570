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
	@echo "Captchas, by models/captcha:"
	@$(BIN)/deeptext read samples/captchas --model captcha --show-confidence

test: $(VENV)/.dev
	$(BIN)/python -m ruff check deeptext_cli tests
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -q

lint: $(VENV)/.dev
	$(BIN)/python -m ruff check deeptext_cli tests scripts benchmarks
	$(BIN)/python -m mypy

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
