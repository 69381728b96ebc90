"""The jobs that are measured, each run in a process of its own on a copy of a book."""
