"""Work that makes or mixes sound: scores, films of scenes, foley, mixes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from songreel.models.clip import Sha256
from songreel.models.foley import Quality
from songreel.models.sound_request import Setting
from songreel.models.work_wishes import (
    Agreed,
    Ears,
    FileName,
    Mixing,
    Music,
    Name,
    Output,
    Pictures,
    Planning,
    Rate,
    Seed,
    Source,
    Wished,
    Words,
)
from songreel.models.workspace import ProjectId

SceneText = Annotated[str, StringConstraints(min_length=1, max_length=400_000)]
"""A scene list, YAML."""


class Buying(Wished):
    """Base of work that may cost money; nothing is bought beyond what was agreed to."""

    agreed: Agreed = Decimal(0)
    """USD that this job may spend at most; its quote is told where it is more."""
    budget: Agreed | None = None
    """USD that the project may cost in all, now and later; null leaves its limit."""
    on_interrupt: Literal["leave", "cancel"] = "leave"
    """What becomes of orders under way elsewhere when the job is paused or cancelled: they go on
    and the next run has what they make, or are cancelled where the service can."""


class Score(Buying):
    """Music that grows scene by scene, or whose beats fall on the cuts of an edit.

    Of one thing: a project (its plan, or with `fit` its film), scenes, a plan of a score, an edit.
    """

    kind: Literal["score"] = "score"
    project: ProjectId | None = None
    scenes: SceneText | None = None
    plan: Sha256 | None = None
    """A score's plan that was written before, the asset it was uploaded as."""
    edit: Sha256 | None = None
    """A video, or an .edl, .fcpxml or .otio file, the asset it was uploaded as."""
    fit: bool = False
    """Of a project: the beats fall on the cuts of its film."""
    rate: Rate | None = None
    """Of an .edl that does not say it."""
    music: Music = Music()
    form: Literal["wav", "flac"] = "wav"
    plan_only: bool = False
    """Write the plan; make nothing."""
    replace: bool = False
    """Put it in the place of a file that somebody else has put there."""

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        given = [self.project, self.scenes, self.plan, self.edit]
        if sum(each is not None for each in given) != 1:
            raise ValueError("a score is of one thing: a project, scenes, a plan or an edit")
        if self.fit and self.project is None:
            raise ValueError("fit is for a project; an edit is fitted anyway")
        if self.plan is not None and (self.music.prompt or self.music.bpm or self.music.key):
            raise ValueError("a finished plan says prompt, bpm and key itself")
        return self


class MakeScenes(Pictures, Ears, Buying):
    """A film without a song: scenes get their music, and are cut to it."""

    kind: Literal["make-scenes"] = "make-scenes"
    project: ProjectId | None = None
    """A film of scenes to go on with; otherwise a new project is made."""
    scenes: SceneText
    images: Mapping[FileName, Sha256] = {}
    """What the scenes begin and end with, by the names that they give them."""
    music: Music = Music()
    planning: Planning = Planning()
    replan: bool = False
    output: Output = Output()
    retakes: Annotated[int, Field(ge=0, le=5)] = 0
    """How often a clip with a fatal flaw is made or bought again."""


class Foley(Buying):
    """Sound for pictures, or by itself; the film itself stays as it is.

    Of a project's film, of a video, or by itself of a length.
    """

    kind: Literal["foley"] = "foley"
    project: ProjectId | None = None
    film: Sha256 | None = None
    """A video, the asset it was uploaded as."""
    address: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    """Of a video in the open internet (http, https)."""
    seconds: Annotated[float, Field(ge=1, le=3600)] | None = None
    """Of sound by itself."""
    prompt: Words = ""
    preset: Name = "cinematic"
    negative: Words | None = None
    """What is kept out; null: as the preset says."""
    voices: bool = False
    music: bool = False
    """Music in the picture may be heard."""
    quality: Quality = "final"
    source: Source | None = None
    seed: Seed = 0
    settings: Mapping[str, Setting] = {}
    """The source's own parameters: num_steps, cfg_strength, mask_away_clip …"""
    mixing: Mixing = Mixing()
    replace: bool = False
    """Put it in the place of another sound that was delivered before."""

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        given = (self.project, self.film, self.address, self.seconds)
        if sum(each is not None for each in given) != 1:
            raise ValueError("sound is for one thing: a project, a film, or seconds by itself")
        return self


class MixedSound(Wished):
    """A sound under a picture."""

    sound: Sha256
    at: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """Seconds from the film's start."""
    gain: Annotated[float, Field(ge=-120, le=24)] = 0.0
    """dB."""


class Mix(Wished):
    """Sounds under a picture, or with each other; the picture is copied."""

    kind: Literal["mix"] = "mix"
    project: ProjectId | None = None
    film: Sha256 | None = None
    """A video or a sound, the asset it was uploaded as."""
    sounds: tuple[MixedSound, ...] = ()
    sound_fade_in: Annotated[float, Field(ge=0, le=3600)] = 0.0
    """Seconds, at the start of each sound."""
    sound_fade_out: Annotated[float, Field(ge=0, le=3600)] = 0.0
    mixing: Mixing = Mixing()

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        if (self.project is None) == (self.film is None):
            raise ValueError("a mix is of one film: a project's, or an asset")
        return self
