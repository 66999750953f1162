# The commands of this project.  `make` on its own lists them.
# Everything is installed into .venv, but PyTorch with JAX into .venv-arrays and with TRL and verl
# into .venv-trainers; only the browser of `make test` goes elsewhere.

PYTHON ?= python3
UV_VERSION := 0.13.9
PORT ?= 8000
QUIETLY := --quiet --disable-pip-version-check

BIN := .venv/bin
SITE := _build/html
SET_UP := .venv/.installed
ARRAYS := .venv-arrays/.installed
TRAINERS := .venv-trainers/.installed

# A person's settings for pip, such as PIP_USER, are for other folders than .venv.
export PIP_USER := 0
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PYTHONHOME PYTHONPATH

# One thread a process: two that share two cores wait for each other, and the ratios of a benchmark
# would depend on the number of cores.
ONE_THREAD := test test-arrays test-trainers test-processors runs language-model trainer bench
$(ONE_THREAD): export OMP_NUM_THREADS := 1
$(ONE_THREAD): export OPENBLAS_NUM_THREADS := 1
bench: export XLA_FLAGS := --xla_cpu_multi_thread_eigen=false

.DEFAULT_GOAL := help
.PHONY: help book test test-arrays test-trainers test-processors test-downloads lab notebooks runs language-model trainer bench offline lighthouse phone serve lint clean lock FORCE

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Nothing is done when nothing that the site is made of is newer, nor a page missing.  Sphinx looks
# at pages only: it is told to write all of them again when anything else is newer or the last run
# did not end, and made to read them again after a failure, or their warnings would not come back.
MADE_OF := _config.yml _toc.yml book pkpo pyproject.toml README.md LICENSE $(SET_UP)
NOT_PAGES := _config.yml book/_static book/_ext book/_theme pkpo/figures/explorer.js pkpo/figures/explorer.css
ADDRESSES := $(SITE_URL) $(REPOSITORY_URL) $(REPOSITORY_BRANCH)
NEWER = find $(1) -name __pycache__ -prune -o -newer $(2) -print -quit

book: $(SET_UP) ## Build the site; warnings are errors
	@mkdir -p $(SITE) _build/.doctrees 2>/dev/null && \
	    test -w _build && test -w $(SITE) && test -w _build/.doctrees || { \
	    echo "The book cannot be built: _build is read-only here."; exit 1; }
	@all=; if [ ! -e _build/.begun ] || [ "$$(cat _build/.built 2>/dev/null)" != "$(ADDRESSES)" ] || \
	    [ -n "$$($(call NEWER,$(NOT_PAGES),_build/.begun))" ]; then all=--all; \
	elif [ -z "$$($(call NEWER,$(MADE_OF),_build/.begun))$$($(call NEWER,$(SITE),_build/.built))" ]; then exit 0; fi; \
	rm -f _build/.built && touch _build/.begun && \
	$(BIN)/jupyter-book build . -W -n --keep-going --quiet $$all && \
	echo "$(ADDRESSES)" > _build/.built || { rm -rf _build/.doctrees; exit 1; }
	@echo "The book is built.  Open it:  file://$(CURDIR)/$(SITE)/book/index.html"
	@echo "or serve it:                  make serve"

test: $(SET_UP) ## Run every test: package, notebooks, site in a browser
	@$(BIN)/python tests/browser.py
	@$(BIN)/pytest

# The other tests need what is not installed there, and so does their conftest.py.  A file stays in
# one process, or both would compile all that JAX compiles; the longest come first.
test-arrays: $(ARRAYS) ## Test the transforms and the transformer with PyTorch and JAX, in an environment of their own
	@.venv-arrays/bin/python -m pytest --noconftest -o addopts= -q -p no:cacheprovider \
	    --numprocesses=2 --dist=loadfile --no-loadscope-reorder \
	    tests/test_arrays.py tests/test_jax.py tests/test_groups.py tests/test_torch.py tests/test_objectives.py tests/test_partitions.py tests/test_grading.py tests/test_language_model.py

test-trainers: $(TRAINERS) ## Test the adapters with TRL and verl, in an environment of their own
	@.venv-trainers/bin/python -m pytest --noconftest -o addopts= -q -p no:cacheprovider \
	    --numprocesses=2 --dist=worksteal tests/trainers

# Few processors have AVX-512, and those without it round other last bits.
test-processors: $(SET_UP) ## Run the notebooks as on a processor without AVX-512 and AVX2
	@$(BIN)/python tools/plain_processor.py $(BIN)/pytest book -k "not again"

# Needs the package index, from which the first notebook installs what pkpo needs.
test-downloads: $(SET_UP) ## Run the notebooks as downloaded from the site, without pkpo installed
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest --numprocesses=0 tests/downloads.py

# Lab shows stored figures and explorers only of notebooks that are signed here.
lab: export JUPYTER_DATA_DIR := $(CURDIR)/_build/jupyter
lab: $(SET_UP) ## Open the notebooks in JupyterLab
	@$(BIN)/jupyter trust book/*.ipynb
	@$(BIN)/jupyter lab book

notebooks: $(SET_UP) ## Run the notebooks and write their outputs; the only way they are written
	@$(BIN)/python tools/notebooks.py

runs: $(SET_UP) ## Repeat the long runs behind chapter 9 (ten minutes); write pkpo/lab/data
	@$(BIN)/python tools/runs.py

# Two runs at a time.  What was interrupted goes on where it was.
language-model: $(ARRAYS) ## Repeat the training of transformers (an hour; OPTIONS="--seeds 2"); write pkpo/lab/data
	@.venv-arrays/bin/python tools/language_model.py $(OPTIONS)

# What was interrupted goes on where it was.
trainer: $(TRAINERS) ## Repeat the training in TRL behind chapter 12 (a quarter of an hour); write pkpo/lab/data
	@.venv-trainers/bin/python tools/trainer.py $(OPTIONS)

# Takes five minutes of a quiet machine: a run whose numbers disagree with each other is not stored.
bench: $(SET_UP) $(ARRAYS) ## Time the transforms; write the README's table and figure
	@mkdir -p _build
	@.venv-arrays/bin/python benchmarks/run.py _build/benchmark.json
	@$(BIN)/python benchmarks/report.py _build/benchmark.json

offline: book ## Make the whole book as PDF and EPUB, beside the site
	@$(BIN)/python tests/browser.py
	@$(BIN)/python tools/offline.py $(SITE)

lighthouse: book ## Measure the pages with Lighthouse (needs Node)
	@command -v npx >/dev/null || { echo "make lighthouse needs Node's npx, which is not here."; exit 1; }
	@$(BIN)/python tests/browser.py
	@$(BIN)/python tools/lighthouse.py $(SITE) $(PAGES)

phone: book ## Measure what a reader with a slow phone waits for
	@$(BIN)/python tests/browser.py
	@$(BIN)/python tools/phone.py $(SITE) $(PAGES)

serve: book ## Build, then serve the site on http://localhost:8000 (PORT=...)
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

lint: $(SET_UP) ## Check the style of the code
	@$(BIN)/ruff check conftest.py pkpo tests tools benchmarks book
	@$(BIN)/ruff format --check conftest.py pkpo tests tools benchmarks book

clean: ## Remove everything that was built, .venv too
	rm -rf _build build dist .venv .venv-arrays .venv-trainers .pytest_cache .ruff_cache book/.ruff_cache book/_ext/.ruff_cache .hypothesis *.egg-info

lock: $(SET_UP) ## Choose the versions in requirements.txt again, from pyproject.toml
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --quiet --upgrade \
	    --universal --fork-strategy fewest --python-version 3.11 --all-extras --no-annotate \
	    --output-file requirements.txt

# Looked at before every command: made again when it does not work here, and only then newer.
.venv/pyvenv.cfg .venv-arrays/pyvenv.cfg .venv-trainers/pyvenv.cfg: FORCE
	@tools/venv.sh $(@D) "$(PYTHON)"

# pip fetches uv, and uv installs the lock in seconds.
# Where uv cannot reach the index that pip is configured for, pip does it, slowly.
$(SET_UP): .venv/pyvenv.cfg requirements.txt pyproject.toml
	@echo "Setting up .venv from requirements.txt ..."
	@$(BIN)/python -m pip install $(QUIETLY) uv==$(UV_VERSION) || { \
	    echo "Could not download from the Python package index.  Check the network, then run make again."; exit 1; }
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.txt || { \
	    echo "uv could not install the lock; trying pip, which takes a minute or two ..."; \
	    $(BIN)/python -m pip install $(QUIETLY) -r requirements.txt; }
	@$(BIN)/python -m pip install $(QUIETLY) --no-build-isolation --no-deps -e .
	@touch $@

# PyTorch without CUDA: from the folder that PIP_FIND_LINKS names, or from where PyTorch keeps it.
# What requirements.txt has too is the same there, but for what PyTorch (mpmath) and the tensordict
# of verl (packaging) need older.
# pkpo itself is installed from this folder, and with it the plugin that verl finds.
.venv-%/.installed: .venv-%/pyvenv.cfg requirements-%.txt $(SET_UP)
	@echo "Setting up .venv-$* from requirements-$*.txt; PyTorch is large ..."
	@grep -Ev '^(mpmath|packaging)==' requirements.txt > .venv-$*/constraints.txt
	@set -- --constraint .venv-$*/constraints.txt --requirement requirements-$*.txt; \
	$(BIN)/uv pip install --quiet --python .venv-$*/bin/python \
	    $(if $(PIP_FIND_LINKS),--find-links "$(PIP_FIND_LINKS)",--torch-backend=cpu) "$$@" || { \
	    echo "uv could not install them; trying pip ..."; \
	    .venv-$*/bin/python -m pip install $(QUIETLY) "$$@"; }
	@.venv-$*/bin/python -m pip install $(QUIETLY) --no-deps -e .
	@touch $@
