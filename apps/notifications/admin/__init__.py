"""Pages of messages, letters and the inbox."""

from . import acts, inbox, letters, members, messages

__all__ = ["acts", "inbox", "letters", "members", "messages"]
