"""Loaded before Django's settings: the test database is made by the owner, and used as the application's role."""

import os

os.environ.update(TESTING="1", DATABASE_ROLE="owner")
