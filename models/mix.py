"""How sounds are put together under a picture, and what came of it: `MixSpec`, `Mixed`."""

from typing import Annotated, Literal

from pydantic import Field

from songreel.models.document import Frozen

Decibels = Annotated[float, Field(ge=-120, le=24)]

Mode = Literal["keep", "mix", "replace", "duck"]
"""Of the source's own sound: as it is, alone; beside the new; gone; or lower under the new."""

Codec = Literal["aac", "alac", "flac", "wav"]


class MixSpec(Frozen):
    """What is to become of the source's sound, and how the result is delivered."""

    mode: Mode = "mix"
    source_gain: Decibels = 0.0
    gain: Decibels = 0.0
    """dB, of the new sound where a stem says nothing of its own."""
    fade_in: Annotated[float, Field(ge=0)] = 0.0
    fade_out: Annotated[float, Field(ge=0)] = 0.0
    """Seconds at the ends of the whole mix; nothing else is touched by them."""
    duck_by: Annotated[float, Field(ge=0, le=40)] = 12.0
    """dB by which the source goes down under the new sound."""
    target: Annotated[float, Field(ge=-40, le=-5)] | None = -14.0
    """LUFS, integrated (EBU R128); None leaves the level as it is."""
    ceiling: Annotated[float, Field(ge=-12, le=0)] = -1.0
    """dBTP that no sample sampled four times as often passes."""
    codec: Codec = "aac"
    bitrate: Annotated[int, Field(ge=64_000, le=512_000)] = 192_000
    """Bits a second, of AAC."""


class Mixed(Frozen):
    """A finished mix, measured in the file that was delivered."""

    file: str
    mode: Mode
    codec: Codec
    samples: Annotated[int, Field(gt=0)]
    """Of each channel."""
    rate: Annotated[int, Field(gt=0)] = 48_000
    channels: Annotated[int, Field(gt=0)] = 2
    frames: int | None = None
    """Of the picture; None for sound alone."""
    picture: str = ""
    """Form of the picture that was copied: `h264`."""
    same_picture: bool | None = None
    """Whether the packets of the picture are those of the source, byte for byte."""
    integrated: float | None = None
    """LUFS; None for silence, or less than 0.4 s."""
    true_peak: float | None = None
    """dBTP; None for silence."""
    gain: float = 0.0
    """dB by which the sum of all sounds was raised."""
    reduction: float = 0.0
    """dB that the limiter took off the highest peak."""
    notices: tuple[str, ...] = ()
    """What whoever hears it should know."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.samples / self.rate
