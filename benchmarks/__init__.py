"""What is measured, how, and against what: ``python -m benchmarks [NAMES] [--size 10k|100k]`` (``make bench``).

Every figure is a ratio to a baseline that ran beside it, on an identical copy of the same book of policies.
"""
