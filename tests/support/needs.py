"""Tests of what is heavy: skipped where it is not installed, except under `make test-all`."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

HEAVY: set[Path] = set()
"""Test files that need what `make test` does not bring; their tests carry the mark `heavy`."""


def needs(name: str) -> ModuleType:
    """The module called `name`; without it the file's tests are skipped, or fail in test-all."""
    HEAVY.add(Path(sys._getframe(1).f_code.co_filename))
    if os.environ.get("SONGREEL_TEST_ALL"):
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed; `make test-all` brings it")
