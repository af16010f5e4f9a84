# What a newcomer, a developer and the build machine run. Each command prepares .venv by itself when the lock
# file changed. `make` alone lists them; ARGS reaches the command behind: make test ARGS="-k outbox".
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
MANAGE := $(PY) manage.py
ARGS ?=

# Explicit values win over .env, so that no developer's own settings reach a check or a test.
TEST := ROLLCALL_VAR_DIR=var/test SECRET_KEY=only-for-tests PUBLIC_URL=http://localhost:8000 DEBUG=false \
	TRANSPORT=console EMAIL_BACKEND=django.core.mail.backends.locmem.EmailBackend AWS_ENDPOINT_URL=
PLAIN := $(TEST) DATABASE_URL=sqlite://:memory: REDIS_URL= CHROMIUM=
PRODUCTION_LIKE := PUBLIC_URL=https://rollcall.example ALLOWED_HOSTS=rollcall.example \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')
SERVERS := DATABASE_URL=$${DATABASE_URL:-postgres://postgres@127.0.0.1:5432/rollcall} \
	REDIS_URL=$${REDIS_URL:-redis://127.0.0.1:6379/15} \
	CHROMIUM=$${CHROMIUM:-$$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
PYTEST := $(PY) -m pytest -n 2 --dist loadgroup --durations=25 --durations-min=3

.PHONY: help demo serve up setup test test-services lint format bench screenshots lock runtime

help: ## This list
	@echo "Rollcall: make COMMAND"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

demo: runtime ## Follow up ten sample members and show who was messaged, who was not, and why
	@$(MANAGE) demo $(ARGS)

serve: runtime ## The admin on http://127.0.0.1:8000, with what the demo left
	@$(MANAGE) migrate --check >/dev/null 2>&1 || { echo "Nothing to show yet. First: make demo"; exit 1; }
	@DEBUG=false $(MANAGE) runserver 127.0.0.1:$${PORT:-8000} $(ARGS)

up: runtime ## Web, workers and beat in earnest, against DATABASE_URL and REDIS_URL
	@$(PY) -m scripts.up $(ARGS)

setup: ## Prepare .venv from the lock file, with everything to test and lint (the others call it)
	@sh scripts/setup requirements-dev.txt

runtime:
	@sh scripts/setup requirements.txt

test: setup ## The tests that need no server (SQLite); says what it left out
	@env $(PLAIN) $(PYTEST) $(ARGS)

test-services: setup ## Every test, on PostgreSQL, Redis, Celery and Chromium; nothing may be skipped
	@env $(TEST) $(SERVERS) ROLLCALL_SERVICES=required $(PYTEST) $(ARGS)

lint: setup ## Style, types, the direction of imports, missing migrations, deployment checks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PLAIN) $(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PLAIN) $(MANAGE) makemigrations --check --dry-run
	@$(PLAIN) $(PRODUCTION_LIKE) $(MANAGE) check --deploy --fail-level WARNING

format: setup ## Put the code in the project's form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup ## Measure against the best raw SQL and the bare loop of provider calls (PostgreSQL)
	@test -f bench/__main__.py || { echo "There is no bench/ here yet."; exit 1; }
	@$(PY) -m bench $(ARGS)

screenshots: setup ## Make the README's pictures anew (needs Chromium)
	@test -f scripts/screenshots.py || { echo "There is no scripts/screenshots.py here yet."; exit 1; }
	@$(SERVERS) $(PY) -m scripts.screenshots $(ARGS)

LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: setup ## Lock the dependencies of pyproject.toml anew (ARGS=--upgrade takes newer ones)
	$(LOCK) $(ARGS) pyproject.toml --output-file requirements.txt
	$(LOCK) $(ARGS) pyproject.toml --group dev --constraints requirements.txt --output-file requirements-dev.txt
