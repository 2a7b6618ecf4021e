"""What can be wished of a film or its sound, as work carries it: words and numbers, no paths."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from songreel.models.clip import Sha256
from songreel.models.document import Frozen
from songreel.models.mix import Codec, Mode
from songreel.models.overlay import Place
from songreel.models.render import Format
from songreel.models.sound_request import Setting

Agreed = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]
"""USD that somebody has agreed to after a quote: the job buys nothing where it would cost more."""

Aspect = Literal["16:9", "9:16", "1:1", "4:5"]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Size = Annotated[int, Field(ge=64, le=4320, multiple_of=2)]
"""Short side, pixels."""

Name = Annotated[str, StringConstraints(pattern=r"^[^/\\.:~\x00-\x1f]{1,100}$")]
"""Of a look, a style, a preset, a scene: one that is known here, never a file."""
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\:~.\x00-\x1f][^/\\:\x00-\x1f]{0,199}$")]
"""What a file is called, without a folder."""
Source = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z][a-z0-9_-]*(:[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*)?$",
        max_length=200,
    ),
]
"""`builtin`, `replicate:ltx-video` …: where clips or sounds come from (`songreel providers`)."""
HubId = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9._-]+)?$",
        max_length=200,
    ),
]
"""`owner/name` or `owner/name@revision` at the model hub; never a file of this machine."""
Words = Annotated[str, StringConstraints(max_length=2_000)]
Rate = Annotated[str, StringConstraints(pattern=r"^[0-9./]{1,12}$")]
"""Frames a second: `24`, `29.97`, `30000/1001`."""
FontSize = Annotated[float, Field(ge=2, le=15)]


class Wished(Frozen):
    """Base of what work carries: frozen, unknown fields refused, each field told in the schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Planning(Wished):
    """How a film is to be planned; what is left out is up to the song or the plan that exists."""

    look: Name | None = None
    """One look through the film, by name; otherwise by the song's mood."""
    style: Name | None = None
    """Cutting style, by name: calm, narrative, classic, driving, hyper."""
    seed: Seed | None = None
    """Another film of the same kind."""
    dialect: Name | None = None
    """The family of models that the prompts are worded for; otherwise that of the source."""
    effects: Annotated[float, Field(ge=0, le=1)] | None = None
    """How much is done to the pictures."""
    density: Annotated[float, Field(ge=0.5, le=2)] | None = None
    """Cuts against those of the style as it stands."""
    shortest: Annotated[float, Field(gt=0, le=60)] | None = None
    """No shot shorter than this, seconds."""
    longest: Annotated[float, Field(gt=0, le=600)] | None = None
    """No shot longer than this, seconds, where the music allows."""
    writer: Annotated[str, StringConstraints(max_length=200)] | None = None
    """A language model that writes the pictures, as its server knows it."""
    lyrics: Annotated[str, StringConstraints(max_length=400_000)] | None = None
    """The text itself: LRC, SRT, WebVTT, rows with times, or plain."""
    lyrics_name: FileName = "lyrics.txt"
    """What the file with the lyrics is called; the plan names it."""
    title: Words | None = None
    """A title in the intro; an empty one takes it away."""
    artist: Words | None = None
    """The smaller line under the title."""
    end_card: Words | None = None
    """A card in the outro; an empty line begins a smaller line."""
    captions: bool | None = None
    """Show what is sung, where the lyrics have times."""
    karaoke: bool | None = None
    """Light the words as they are sung."""
    caption_size: FontSize | None = None
    """Percent of the picture's short side."""
    caption_place: Place | None = None
    caption_font: Sha256 | None = None
    """A font for captions and cards, the asset it was uploaded as."""


class Output(Wished):
    """What the finished file is to be; what is left out stays as the project has it."""

    aspect: Aspect | None = None
    size: Size | None = None
    """Short side, pixels."""
    rate: Rate | None = None
    """Frames a second."""
    format: Format | None = None
    """mp4: H.264 and AAC; mkv: H.264 and FLAC; mov: ProRes and PCM."""


class Lora(Wished):
    """Low-rank weights that are added to a model's own."""

    id: HubId
    scale: float = 1.0


class LocalWishes(Wished):
    """Wishes for models on the machine that does the work; what is left out stays as it was."""

    placement: Name | None = None
    """How it fits into memory; `auto`: the fastest that fits."""
    devices: Annotated[str, StringConstraints(pattern=r"^[a-z0-9:,]{0,200}$")] | None = None
    """`cuda:0,cuda:1` or `cpu`; empty: all."""
    loras: tuple[Lora, ...] | None = None
    """In place of all before."""
    weights: HubId | None = None
    """In place of the model's own."""
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    guidance: Annotated[float, Field(ge=0, le=100)] | None = None
    side: Annotated[int, Field(ge=64, le=4320)] | None = None
    """Short side that clips are made with, pixels."""
    approximate: tuple[Name, ...] | None = None
    """Faster, another picture."""
    as_released: bool = False
    """Forget earlier wishes that decide the pictures."""


class Pictures(Wished):
    """Where a film's pictures come from; what is left out stays as the project has it."""

    visuals: Source | None = None
    footage: tuple[Sha256, ...] | None = None
    """Clips and photos, the assets they were uploaded as; they go into the project, and pictures
    come from them where `visuals` says nothing else."""
    stand_ins: tuple[Source, ...] | None = None
    """Sources that may serve where the first one cannot; best first."""
    grade: Annotated[str, StringConstraints(pattern=r"^[a-z]+(:[0-9.]+)?$")] | None = None
    """Own pictures in the film's colours: `none`, `palette`, `duotone:0.6`."""
    local: LocalWishes | None = None


class Ears(Wished):
    """How the song is to be heard; what is left out stays as the project has it."""

    tracker: Name | None = None
    """Who hears the beats."""
    octave: Literal["as heard", "half", "double"] | None = None
    """At which octave of the tempo they are counted."""


class Music(Wished):
    """What is to play, and who plays it."""

    source: Source | None = None
    """Otherwise songreel's own band, `builtin`."""
    prompt: Words = ""
    """Genre, instruments, mood, for the whole."""
    bpm: Annotated[float, Field(ge=30, le=300)] | None = None
    key: Annotated[str, StringConstraints(max_length=20)] = ""
    """Such as `A minor`."""
    seed: Seed = 0
    retakes: Annotated[int, Field(ge=0, le=9)] = 2
    """How often a part with a fault is made again."""
    settings: Mapping[str, Setting] = {}
    """The source's own parameters."""


class Mixing(Wished):
    """How sound is put under a picture; levels in dB, lengths in seconds."""

    mode: Mode | None = None
    """Of the film's own sound: keep it alone, mix, replace, duck."""
    gain: Annotated[float, Field(ge=-120, le=24)] = 0.0
    """Of the new sound."""
    source_gain: Annotated[float, Field(ge=-120, le=24)] = 0.0
    """Of the film's own."""
    duck_by: Annotated[float, Field(ge=0, le=40)] = 12.0
    fade_in: Annotated[float, Field(ge=0, le=3600)] = 0.0
    fade_out: Annotated[float, Field(ge=0, le=3600)] = 0.0
    target: Annotated[float, Field(ge=-40, le=-5)] | None = -14.0
    """LUFS of the whole; null leaves the level as it is."""
    ceiling: Annotated[float, Field(ge=-12, le=0)] = -1.0
    """dBTP."""
    codec: Codec | None = None
    """Of the delivered sound; otherwise the usual one of its kind of file."""
    bitrate: Annotated[int, Field(ge=64_000, le=512_000)] = 192_000
    """Bits a second, of AAC."""
