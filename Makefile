# 《深度学习四重奏》: every step of the book; `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
TAB ?=
FULL ?=
MIRROR := $(if $(D2L_MIRROR),$(D2L_MIRROR),$(wildcard $(CURDIR)/../shared/data))

.DEFAULT_GOAL := help
.PHONY: help html serve lib eval status verify check zip pdf epub release shard merge heal newest debian ziptrial publish cluster test matrix lint \
  figures envs lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.venv/stamp: locks/bootstrap.txt locks/engine.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "Python 3.11 is needed; name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "making the engine's environment in .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/bootstrap.txt 2>/dev/null \
	  || $(BIN)/python -m pip install --require-hashes -r locks/bootstrap.txt
	@$(BIN)/uv pip install --quiet --no-deps --compile-bytecode --python $(BIN)/python -r locks/engine.txt
	@$(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python --editable .
	@touch $@

.venv/cluster: .venv/stamp locks/cluster.txt
	@$(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python -r locks/cluster.txt
	@touch $@

.lab/stamp: .venv/stamp locks/lab.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .lab
	@$(BIN)/uv pip install --quiet --no-deps --compile-bytecode --python .lab/bin/python -r locks/lab.txt
	@touch $@

html: .venv/stamp  ## build the whole site from committed outputs
	@$(BIN)/d2lbook html

serve: .venv/stamp  ## build the site, show it, rebuild and reload on save
	@$(BIN)/d2lbook serve

lib: .venv/stamp  ## write d2l/ from the #@save blocks
	@$(BIN)/d2lbook lib

envs: .venv/stamp  ## make the environments of the four backends
	@$(BIN)/d2lbook env make

eval: envs  ## run what is stale (all backends, or TAB=pytorch)
	@D2L_MIRROR="$(MIRROR)" $(BIN)/d2lbook eval $(if $(TAB),--tab $(TAB))

status: .venv/stamp  ## say which outputs are fresh, stale or missing
	@$(BIN)/d2lbook status

verify: envs  ## run a sample of the fresh outputs again and compare
	@D2L_MIRROR="$(MIRROR)" $(BIN)/d2lbook verify

check: .venv/stamp  ## look for broken references, claims, tabs, pictures, sizes, style
	@$(BIN)/d2lbook check

zip: .venv/stamp  ## pack each backend's notebooks
	@$(BIN)/d2lbook zip $(if $(TAB),--tab $(TAB))

pdf: .venv/stamp  ## make the PDFs of each backend, or TAB=pytorch, EDITION=zh_Hant or all, CHAPTERS=… (needs TeX)
	@$(BIN)/d2lbook pdf $(if $(TAB),--tab $(TAB)) $(if $(EDITION),--edition $(EDITION)) $(if $(CHAPTERS),--chapters $(CHAPTERS))

epub: .venv/stamp  ## make the EPUB of each backend, or TAB=pytorch, EDITION=zh_Hant or all
	@$(BIN)/d2lbook epub $(if $(TAB),--tab $(TAB)) $(if $(EDITION),--edition $(EDITION))

release: .venv/stamp  ## gather site, PDFs, EPUBs, zips, data and checksums in _build/release
	@D2L_MIRROR="$(MIRROR)" $(BIN)/d2lbook release

shard: .venv/stamp  ## run a part of what is stale: TAB=jax (or base) SHARD=1/2 DEVICE=cuda FORCE=1
	@$(BIN)/d2lbook env make $(TAB) --device $(or $(DEVICE),cpu)
	@D2L_MIRROR="$(MIRROR)" $(BIN)/d2lbook eval $(if $(TAB),--tab $(TAB)) --shard $(or $(SHARD),1/1) \
	  $(if $(FORCE),--force) $(if $(filter cuda,$(DEVICE)),--device gpu)

merge: .venv/stamp  ## take in the shards below _build/shards, build the site from them
	@$(BIN)/d2lbook merge _build/shards/*/ ; code=$$?; $(BIN)/d2lbook html && exit $$code

heal: .venv/stamp  ## after a git merge: take the outputs that the merged sources give, write d2l/ anew
	@$(BIN)/d2lbook heal

newest: .venv/stamp  ## run a backend on the newest versions that fit together: TAB=jax
	@$(BIN)/d2lbook env newest $(TAB)
	@D2L_MIRROR="$(MIRROR)" $(BIN)/d2lbook eval --tab $(TAB) --force --to _build/shard

debian:  ## install the Debian packages that the tests and the PDF need
	@bash .ci/debian

ziptrial: .venv/stamp  ## run a section of each chapter from each backend's zip, in environments of its own pins
	@D2L_MIRROR="$(MIRROR)" $(BIN)/python -m scripts.tools.zip_trial --tab $(or $(TAB),all) --per-chapter

publish:  ## put _build/release on the tag's release page, notebooks and data on their branches (needs gh)
	@bash scripts/tools/publish.sh

cluster: .venv/cluster  ## add Ray, for `d2lbook eval --cluster`

test: envs .venv/cluster .lab/stamp  ## run the tests, of pages and chapters those of the change and a sample; FULL=1: everything
	@$(BIN)/d2lbook html && $(BIN)/d2lbook zip
	@export D2L_BUILT=1 D2L_FULL="$(FULL)" D2L_MIRROR="$(MIRROR)"; \
	  $(BIN)/python -m pytest -m 'not browser' --numprocesses logical --maxprocesses 4; others=$$?; \
	  $(BIN)/python -m pytest -m browser && exit $$others  # one browser at a time: some tests watch what moves, and when

matrix:  # the jobs of a workflow: KIND=shards, whole or newest
	@python3 scripts/tools/matrix.py $(KIND)

lint: .venv/stamp  ## ruff, mypy, and the floors of the engine's rooms
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

figures: .venv/stamp  ## draw the schematic pictures again
	@$(BIN)/python -m scripts.figures

lock: .venv/stamp  ## compile the locks anew (newest versions that the .in files allow)
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --extra dev --extra figures pyproject.toml -o locks/engine.txt > /dev/null
	@echo 'ray>=2.40' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --constraint locks/engine.txt - -o locks/cluster.txt > /dev/null
	@echo 'jupyterlab>=4' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --constraint locks/engine.txt - -o locks/lab.txt > /dev/null
	@$(BIN)/d2lbook env lock && $(BIN)/d2lbook env lock --device cuda

clean:  ## remove what was built (environments stay; .venv and .envs can be deleted by hand)
	@rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis
