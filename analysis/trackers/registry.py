"""Which trackers there are: ours by name, others' by entry points of `songreel.trackers`."""

from songreel.analysis.plugins import Plugins
from songreel.analysis.trackers.tracker import Tracker

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

_TRACKERS: Plugins[Tracker] = Plugins("tracker", GROUP, OWN)
names = _TRACKERS.names
find = _TRACKERS.find
look_up = _TRACKERS.look_up
