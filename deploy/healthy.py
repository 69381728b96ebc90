"""Whether the web process answers, asked as the proxy asks: for a host it serves, as if over TLS. Exit code 0 or 1."""

import os
import urllib.request

host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
headers = {"Host": host, "X-Forwarded-Proto": "https"}
urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8000/health/live", headers=headers), timeout=5)
