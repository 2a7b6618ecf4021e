"""Which trackers there are: ours by name, others' by entry points of `songreel.trackers`."""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from songreel.analysis.trackers.tracker import Tracker
from songreel.models.errors import InvalidInput, MachineError, SongreelError

GROUP = "songreel.trackers"
DEFAULT = "songreel"
_HERE = "songreel.analysis.trackers"
OWN = {
    "songreel": f"{_HERE}.ours:Songreel",
    "librosa": f"{_HERE}.librosa:Librosa",
    "essentia": f"{_HERE}.essentia:Essentia",
    "madmom": f"{_HERE}.madmom:Madmom",
    "beat_this": f"{_HERE}.beat_this:BeatThis",
    "ensemble": f"{_HERE}.ensemble:Ensemble",
}
"""What comes with songreel: module and class. These names are taken."""


def names() -> tuple[str, ...]:
    """Names of all trackers, ours first, whether or not what they need is installed."""
    others = {point.name for point in entry_points(group=GROUP)} - set(OWN)
    return (*OWN, *sorted(others))


def find(name: str) -> Tracker:
    """The tracker `name`, ready to track.

    Raises:
        InvalidInput: There is none of that name, or it is not installed.
        MachineError: The package that brings it is broken.
    """
    tracker = look_up(name)
    if not tracker.available():
        raise InvalidInput(f"the tracker {name} is not installed; get it with `{tracker.install}`")
    return tracker


def look_up(name: str) -> Tracker:
    """The tracker `name`, whether or not what it needs is installed.

    Raises:
        InvalidInput: There is none of that name.
        MachineError: The package that brings it is broken.
    """
    if name in OWN:
        module, _, kind = OWN[name].partition(":")
        own: Tracker = getattr(import_module(module), kind)()
        return own
    for point in entry_points(group=GROUP):
        if point.name == name:
            return _made(point)
    raise InvalidInput(f"no tracker is called {name!r}; known: {', '.join(names())}")


def _made(point: EntryPoint) -> Tracker:
    try:
        made: Tracker = point.load()()
        made.available()
    except SongreelError:
        raise
    except Exception as error:
        package = point.dist.name if point.dist is not None else point.value
        raise MachineError(
            f"the tracker {point.name!r} of the package {package} is broken: "
            f"{type(error).__name__}: {error}; update or remove that package"
        ) from error
    return made
