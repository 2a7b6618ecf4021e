"""Clips from fal.ai."""

from songreel.generation.catalogue.entry import Entry
from songreel.generation.hosted.clips import HostedClips
from songreel.generation.hosted.fal import SCHEMAS, OnFal
from songreel.models.clip import ClipRequest, Images

__all__ = ["SCHEMAS", "Fal"]


class Fal(HostedClips, OnFal[Entry, ClipRequest, Images]):
    """Models of pictures on fal.ai; see `OnFal` for what it is made with."""
