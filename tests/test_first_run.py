"""A first run says that it compiles."""

import os
import subprocess
import sys

from songreel.analysis.first_run import told

ASK = "from songreel.analysis.first_run import is_first_run\nprint(is_first_run())\n"
NOWHERE = """
from numba.core.caching import CacheImpl
CacheImpl._locator_classes = []
"""
COMPILE = """
import numpy as np
from songreel.analysis.roughness import _roughness
_roughness(np.ones(2, np.float32), np.ones(2, np.float32), np.array([0, 2]))
"""


def run(code, cache):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
    )  # fmt: skip
    return done.stdout.strip()


def test_it_is_the_first_run_until_a_kernel_is_on_the_disk(tmp_path):
    assert run(ASK + COMPILE, tmp_path) == "True"
    assert run(ASK, tmp_path) == "False"


def test_where_nothing_can_be_kept_every_run_is_a_first_one(tmp_path):
    assert run(NOWHERE + ASK, tmp_path) == "True"


def test_every_stage_says_that_it_compiles():
    said = []
    tell = told(lambda what, done: said.append((what, done)))
    tell("finding beats", 0.4)
    assert said[0][0].startswith("compiling, which the first run does: about ")
    assert said[1] == ("finding beats (compiling)", 0.4)
