"""Loaded before Django: the test database is made by the owner, and used as the application's role.

The interface texts are compiled before anything reads them.
"""

import os

os.environ.update(TESTING="1", DATABASE_ROLE="owner")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyops.settings")

from apps.core import catalogue

catalogue.compile_all()
