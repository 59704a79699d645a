# Cityloop on a machine with Python 3.11 or newer and make; everything else is set up here.
#
#   make run      start everything on this machine (PORT=8000)
#   make test     all tests but the slow ones        make test-slow   the slow ones too
#   make lint     style and types                    make check       the district's diagrams, decisions, forms
#   make bundle   the front end                      make lock        renew the lock files

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev test test-slow lint lock bundle check schema clean

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
WORKERS ?= 2

help:
	@sed -n 's/^#   //p' Makefile

run: setup
	@exec $(PY) -m webapp.cli run

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@sh .ci/make-venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "正在安装依赖 … / Installing the dependencies …"
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "正在安装测试工具 … / Installing the test tools …"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

bundle: setup
	@$(PY) -m webapp.cli bundle

check: setup
	@$(PY) -m webapp.cli check

test: setup-dev bundle
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow and not benchmark" $(ARGS)

test-slow: setup-dev bundle
	$(PY) -m pytest -m "not benchmark" $(ARGS)

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m mypy

# Dependencies: edit pyproject.toml, then make lock. Whole files, for every system, with hashes, without addresses.
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m uv pip compile pyproject.toml --quiet --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --upgrade $(LOCK_OPTIONS)
lock: setup-dev
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra test --extra dev --constraint requirements.lock --output-file requirements-dev.lock

# Until the first release the first migration follows engine/tables.py.
schema: setup
	$(PY) -m webapp.migrations.render > webapp/migrations/sql/0001.sql.new
	mv webapp/migrations/sql/0001.sql.new webapp/migrations/sql/0001.sql

# What can be made again; never var/, which holds the data.
clean:
	rm -rf $(VENV) webapp/static/build webapp/frontend/node_modules build *.egg-info
