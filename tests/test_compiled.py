"""Loops compiled by numba where there is no folder to keep them in: a read-only installation."""

import pytest
from numba.core.caching import CacheImpl

from songreel.generation.visuals.jit import compiled as drawn
from songreel.grading.kernels import kernel as graded
from songreel.sound.compiled import compiled as analysed


@pytest.mark.parametrize("compiled", [analysed, drawn, graded])
def test_what_cannot_be_kept_on_disk_is_compiled_all_the_same(compiled, monkeypatch):
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert compiled(lambda one: 2 * one)(21) == 42
