"""Sound from services on the network: `ReplicateSounds`, `FalSounds`."""

from songreel.generation.catalogue.sound_entry import SoundEntry
from songreel.generation.hosted.fal import OnFal
from songreel.generation.hosted.replicate import OnReplicate
from songreel.generation.hosted.sounds import HostedSounds
from songreel.models.sound_request import SoundFiles, SoundRequest


class ReplicateSounds(HostedSounds, OnReplicate[SoundEntry, SoundRequest, SoundFiles]):
    """MusicGen and MMAudio on Replicate; see `OnReplicate` for what it is made with."""


class FalSounds(HostedSounds, OnFal[SoundEntry, SoundRequest, SoundFiles]):
    """MMAudio on fal.ai; see `OnFal` for what it is made with."""
