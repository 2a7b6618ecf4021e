"""Clips from Replicate (replicate.com)."""

from songreel.generation.catalogue.entry import Entry
from songreel.generation.hosted.clips import HostedClips
from songreel.generation.hosted.replicate import CANCEL_AFTER, OnReplicate
from songreel.models.clip import ClipRequest, Images

__all__ = ["CANCEL_AFTER", "Replicate"]


class Replicate(HostedClips, OnReplicate[Entry, ClipRequest, Images]):
    """Models of pictures on Replicate; see `OnReplicate` for what it is made with."""
