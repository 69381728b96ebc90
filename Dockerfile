# A slim image that runs as nobody special: web, worker, beat and one-off commands.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/policyops
COPY requirements.lock .
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN set -a && . deploy/build.env && set +a \
    && /opt/venv/bin/python manage.py compile_messages \
    && /opt/venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 policyops && install -d -o policyops /anchors
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/policyops /srv/policyops
WORKDIR /srv/policyops
USER policyops
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
CMD ["gunicorn", "policyops.wsgi", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--bind", "0.0.0.0:8000"]
