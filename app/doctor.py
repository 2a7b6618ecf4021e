"""What songreel needs of a machine, looked at one by one."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from songreel.settings import Settings

ENCODERS = ("libx264", "aac", "flac", "prores_ks", "pcm_s24le")
"""FFmpeg encoders that the formats on offer use."""

ROOM = 2 * 2**30
"""Bytes of free disk that a four-minute film's clips and segments ask for, with room to spare."""


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    detail: str
    needed: bool = True
    """Whether songreel cannot do without it."""


def examine(settings: Settings) -> list[Check]:
    """Look at everything; a check that breaks is a check that fails, with its reason."""
    checks: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("python", _python),
        ("machine", lambda: (True, f"{platform.system()} {platform.machine()}, "
                                   f"{settings.workers} workers")),
        ("ffmpeg", _ffmpeg),
        ("compiler", _compiler),
        ("workspace", lambda: _workspace(settings.workspace)),
        ("disk", _disk),
        ("visuals", lambda: _visuals(settings)),
    ]  # fmt: skip
    return [*(_look(name, check) for name, check in checks), *_trackers(), *_local(settings)]


def _look(name: str, check: Callable[[], tuple[bool, str]], needed: bool = True) -> Check:
    try:
        ok, detail = check()
    except Exception as error:  # whatever is wrong with the machine is the finding
        ok, detail = False, f"{type(error).__name__}: {error}"
    return Check(name, ok, detail, needed)


def _python() -> tuple[bool, str]:
    return sys.version_info >= (3, 11), f"{platform.python_version()} (3.11 or later is needed)"


def _ffmpeg() -> tuple[bool, str]:
    import av

    missing = [name for name in ENCODERS if name not in av.codecs_available]
    return not missing, f"PyAV {av.__version__}" + (f", without {missing}" if missing else "")


def _compiler() -> tuple[bool, str]:
    import numba

    add = numba.njit(lambda a, b: a + b)
    return add(2, 3) == 5, f"numba {numba.__version__} compiles"


def _workspace(folder: Path) -> tuple[bool, str]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder):
        return True, f"{folder} can be written"


def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(os.curdir).free
    return free >= ROOM, f"{free / 2**30:.1f} GiB free here, {ROOM / 2**30:.0f} GiB asked for"


def _visuals(settings: Settings) -> tuple[bool, str]:
    from songreel.services import Services

    ready = [name for name, standing in Services(settings).providers().items() if standing.ready]
    return "builtin" in ready, f"ready: {', '.join(ready) or 'none'}"


def _local(settings: Settings) -> list[Check]:
    """What models on this machine need; one that is not there is no fault."""
    from songreel.doctor_local import gpus, libraries, memory, models, torch_fits

    checks: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
        ("gpu", gpus), ("memory", memory), ("torch", torch_fits),
        ("local libraries", libraries), ("local models", lambda: models(settings)),
    )  # fmt: skip
    return [_look(name, check, needed=False) for name, check in checks]


def _trackers() -> list[Check]:
    """Who can hear beats, and under which licence; one that is not installed is no fault."""
    from songreel.analysis.trackers.registry import DEFAULT, names

    return [
        _look(f"tracker {name}", partial(_tracker, name), needed=name == DEFAULT)
        for name in names()
    ]


def _tracker(name: str) -> tuple[bool, str]:
    from songreel.analysis.trackers.registry import look_up

    tracker = look_up(name)
    if tracker.available():
        return True, " ".join(filter(None, (tracker.version(), f"({tracker.licence})")))
    return False, f"not installed ({tracker.licence}): {tracker.install}"
