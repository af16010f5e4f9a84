# One image for web, workers and beat; compose.yaml says which of them a container is.
FROM python:3.12-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ROLLCALL_VAR_DIR=/data \
    STATIC_ROOT=/static
RUN useradd --system --uid 10001 --no-create-home rollcall \
    && install --directory --owner rollcall /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# The key is for this one command; a running container must be given its own.
RUN SECRET_KEY=only-for-this-step ROLLCALL_VAR_DIR=/build python manage.py collectstatic --no-input --verbosity 0 \
    && rm -r /build
USER rollcall
VOLUME /data
EXPOSE 8000
