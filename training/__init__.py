"""The recipe of the beat network: sources, rendering, training, evaluation, export.

Not part of the installed package. Each step is a command, told in README.md.
"""
