"""Which sources of sound there are: entry points of the group `songreel.sounds`."""

from songreel.generation.points import Registry
from songreel.generation.sound.source import SoundSource

GROUP = "songreel.sounds"

_SOUNDS: Registry[SoundSource] = Registry(GROUP, "source of sound")

sources = _SOUNDS.names
create = _SOUNDS.create
standings = _SOUNDS.standings
