"""The repairs let code of 2018 run, and nobody but that code sees them.

The package `madmom` of these tests is made here, with what stops the real one: names that Python
and numpy have dropped, at import and later, and lists of unequal lengths made into arrays.
"""

import subprocess
import sys

import pytest

SOURCES = {
    "__init__.py": """
        import numpy as np
        import pkg_resources
        from . import processors, features
        from .features import downbeats
        __version__ = pkg_resources.get_distribution("madmom").version
    """,
    "processors.py": """
        from collections import MutableSequence
        import numpy as np
        from distutils.version import LooseVersion
        assert LooseVersion("0.13.3") < LooseVersion("0.14") < LooseVersion("1.17.1")
        CHORD = [("root", np.int), ("start", np.float)]
        class Chain(MutableSequence):
            def __init__(self): self.items = []
            def __getitem__(self, i): return self.items[i]
            def __setitem__(self, i, v): self.items[i] = v
            def __delitem__(self, i): del self.items[i]
            def __len__(self): return len(self.items)
            def insert(self, i, v): self.items.insert(i, v)
        def counted(values): return np.asarray(values, dtype=np.float).sum()
    """,
    "features/__init__.py": "",
    "features/downbeats.py": """
        import numpy as np
        def best(results): return int(np.argmax(np.asarray(results)[:, 1]))
        def plain(): return np.empty(0, dtype=np.int).dtype.kind + np.asarray([1.5]).dtype.kind
    """,
}

USE = """
import collections, sys
import numpy as np
{before}
from songreel.analysis.trackers.madmom_repairs import repaired
downbeats = repaired("madmom.features.downbeats")
paths = [(np.arange(4), -2.0), (np.arange(5), -1.0), (np.arange(6), -3.0)]
assert downbeats.best(paths) == 1
assert downbeats.plain() == "if"
processors = repaired("madmom.processors")
assert processors.counted([1, 2]) == 3.0
chain = processors.Chain()
chain.append(7)
assert list(chain) == [7]
assert sys.modules["madmom"].__version__ == "0.16.1"
assert repaired("madmom.processors") is processors
for owner, name in ((np, "float"), (np, "int"), (np, "object"), (collections, "MutableSequence")):
    assert name not in vars(owner), name
{after}
"""


@pytest.fixture
def old_code(tmp_path):
    for name, text in SOURCES.items():
        path = tmp_path / "madmom" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line[8:] for line in text.splitlines()))
    facts = tmp_path / "madmom-0.16.1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: madmom\nVersion: 0.16.1\n")
    return tmp_path


def run(folder, before="", after=""):
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n" + USE.format(
        before=before, after=after
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_old_code_runs_and_nothing_else_sees_the_repairs(old_code):
    done = run(old_code)
    assert done.returncode == 0, done.stderr


def test_it_runs_without_setuptools_and_distutils_and_leaves_no_stand_in(old_code):
    done = run(
        old_code,
        before="""
import importlib.util as util
real, gone = util.find_spec, ("pkg_resources", "distutils")
util.find_spec = lambda name, *rest: None if name in gone else real(name, *rest)
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without())
assert not any(name.partition(".")[0] in gone for name in sys.modules)
""",
        after="assert not any(name.partition('.')[0] in gone for name in sys.modules)",
    )
    assert done.returncode == 0, done.stderr


def test_without_the_repairs_that_code_does_not_run(old_code):
    code = f"import sys; sys.path.insert(0, {str(old_code)!r}); import madmom"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_where_madmom_is_not_there_that_is_what_is_said():
    code = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name == "madmom":
            raise ModuleNotFoundError("No module named 'madmom'")
sys.meta_path.insert(0, Without())
import collections, numpy as np
from songreel.analysis.trackers.madmom_repairs import repaired
try:
    repaired("madmom.processors")
except ImportError as error:
    assert "madmom" in str(error)
else:
    raise AssertionError("imported")
assert "MutableSequence" not in vars(collections) and "int" not in vars(np)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
