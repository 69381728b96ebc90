"""The local launcher: real PostgreSQL and Valkey servers from wheels, and the programs around them, from one command.

Standard library only, apart from the mail catcher: it must be able to say what is wrong before anything else works.
"""
