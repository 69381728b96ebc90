"""The one kind of error the launcher expects."""


class Problem(Exception):
    """Something the person at the keyboard can put right, said in one sentence; printed without a traceback."""
