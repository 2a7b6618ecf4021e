"""Tests of what is heavy: skipped where it is not installed, except under `make test-all`."""

import importlib
import os
from types import ModuleType

import pytest


def needs(name: str) -> ModuleType:
    """The module called `name`; without it the file's tests are skipped, or fail in test-all."""
    if os.environ.get("SONGREEL_TEST_ALL"):
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed; `make test-all` brings it")
