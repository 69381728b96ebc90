"""Dates as each language writes them; what is not said here is Django's."""
