"""MusicGen on this machine as a source of music: `MusicGen`."""

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec

from songreel.generation.catalogue.served import another_seed
from songreel.generation.diffusion.crew import Crew
from songreel.generation.diffusion.machine import look
from songreel.generation.diffusion.process import started
from songreel.generation.local import ByWorkers
from songreel.generation.provider import Context, Standing, Traits
from songreel.generation.sound.musicgen import weights
from songreel.generation.sound.musicgen.book import PROVIDER, Model, find, models
from songreel.generation.sound.musicgen.fit import choose, place
from songreel.generation.sound.musicgen.recipe import LICENCE, NON_COMMERCIAL, WINDOW
from songreel.generation.sound.musicgen.settings import drawing
from songreel.generation.sound.musicgen.wire import Ask, Load, Make
from songreel.generation.sound.source import Task
from songreel.generation.tasks import own_file
from songreel.models.clip import Job
from songreel.models.errors import InvalidInput, ProviderError, SongreelError
from songreel.models.sound_request import NO_FILES, SoundFiles, SoundRequest

LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "huggingface_hub")
"""What the extra `local` brings that no music can be made without."""

SOUNDS = "1"
"""Raised when our own code makes other sound of the same request, so that it is made anew."""

_WORKER = "songreel.generation.sound.musicgen.worker"

_LEAST = 0.1
"""Seconds that can be gone on from: 5 frames."""


class MusicGen(ByWorkers[SoundRequest]):
    """A MusicGen: one worker process makes the pieces, one after the other.

    Nothing here imports torch; the worker does.

    Raises:
        InvalidInput: The extra is not installed, or no model is called so.
    """

    tasks: tuple[Task, ...] = ("music",)
    longest = WINDOW
    hears = True
    sees = False

    def __init__(self, context: Context) -> None:
        if lacking := _lacking():
            raise InvalidInput(f"{PROVIDER} {lacking}")
        self._devices = context.local.devices
        self._model, self._chosen = _model(context), not context.model
        self.name = self._model.key
        self.traits = Traits(
            local=True,
            hears_music=False,
            costs_money=False,
            deterministic=True,
            max_concurrent=1,
        )
        self._scratch, self._cache = context.scratch, context.cache
        self._source: tuple[str, ...] = ()
        self._crew: Crew | None = None
        self._slow = False

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """Ready with the extra and a model that is known; says its size, and who may not use it."""
        summary = "MusicGen on your own machine: music from words, and going on from sound"
        if lacking := _lacking():
            return Standing(ready=False, summary=f"{summary}; {NON_COMMERCIAL}", reason=lacking)
        try:
            model = _model(context)
        except SongreelError as error:
            return Standing(ready=False, summary=f"{summary}; {NON_COMMERCIAL}", reason=str(error))
        size = f", {model.recipe.size / 1e9:.1f} GB to fetch" if model.recipe.hub else ""
        return Standing(ready=True, summary=f"{summary}; {model.key}{size}; {_terms(model)}")

    def plan(self, request: SoundRequest) -> SoundRequest:
        """The request with all parameters; what MusicGen does not read is levelled.

        Raises:
            InvalidInput: It is no music, too long, or a parameter is out of its range.
        """
        if request.task != "music":
            raise InvalidInput(
                f"{self.name} makes music, not {request.task}; choose a source of effects, such "
                "as replicate:mmaudio or fal:mmaudio-v2"
            )
        if request.total > WINDOW + 1e-6:
            told = f"{request.total:g} s"
            if request.heard is not None:
                told += f" ({request.heard.seconds:g} s heard and {request.seconds:g} s new)"
            raise InvalidInput(
                f"{self.name} makes {WINDOW:g} s at a time, {told} are asked for; ask for less, "
                "and go on from it"
            )
        if request.heard is not None and request.heard.seconds < _LEAST:
            raise InvalidInput(
                f"{self.name} cannot go on from {request.heard.seconds:g} s of sound; it needs "
                f"{_LEAST:g} s"
            )
        draw = drawing(request.settings, self.name)
        return request.in_words().model_copy(
            update={
                "settings": draw.model_dump(), "source": self._decides(), "seen": None,
                "negative": "", "seed": request.seed if draw.do_sample else 0,
            }
        )  # fmt: skip

    def alternatives(self, request: SoundRequest) -> Sequence[SoundRequest]:
        """The same with another seed, where it decides anything."""
        if not request.settings.get("do_sample", True):
            return ()
        return (request.model_copy(update={"seed": another_seed(request)}),)

    def notes(self, request: SoundRequest) -> Sequence[str]:
        """Model, length, how it was drawn, seed, and the terms of the weights."""
        draw = drawing(request.settings, self.name)
        told = [f"{self._model.name} on this machine", f"{request.seconds:g} s of new music"]
        if request.heard is not None:
            told.append(f"going on from {request.heard.seconds:g} s")
        if draw.do_sample:
            told.append(f"temperature {draw.temperature:g}")
            told += [f"top_k {draw.top_k}"] * bool(draw.top_k)
            told += [f"top_p {draw.top_p:g}"] * bool(draw.top_p)
        else:
            told.append("always the likeliest token")
        told.append(f"guidance {draw.guidance_scale:g}")
        told += [f"seed {request.seed}"] * draw.do_sample
        return (*told, _terms(self._model))

    def notices(self) -> Sequence[str]:
        """Which model was chosen, the terms of its weights, and what the worker had to say."""
        told = []
        if self._chosen:
            told.append(
                f"local is {self.name} here, the best that fits this machine's GPU"
                if self.name != "local:musicgen-stereo-small"
                else f"local is {self.name} here: there is no GPU with room for a larger one"
            )
        if self._model.recipe.licence == LICENCE:
            told.append(f"{self.name}: {NON_COMMERCIAL}")
        if self._slow:
            told.append(
                f"{self.name} works on the processor, which takes many times as long as the music "
                "lasts; a GPU does not"
            )
        if self._model.recipe.tiny:
            told.append(f"{self.name} has random weights: what it makes is noise, to try things")
        return (*told, *(self._crew.notices() if self._crew is not None else ()))

    def submit(self, request: SoundRequest, files: SoundFiles = NO_FILES) -> Job[SoundRequest]:
        """Have the worker make it; the first one starts it.

        Raises:
            MachineError: The model does not fit into this machine, or a folder cannot be written.
            ProviderError: It was not planned by this source, or the sound to go on from is missing.
        """
        if request.source != self._decides():
            raise ProviderError(
                f"{self.name}: the music was planned with other weights; plan it again",
                provider=self.name,
            )
        if (request.heard is None) != (files.heard is None):
            raise ProviderError(
                f"{self.name}: the sound to go on from and its file come together",
                provider=self.name,
            )
        ident = request.fingerprint[:16]
        path = own_file(self._scratch, PROVIDER, ident, ".wav")
        self._hired().submit(
            Make(
                id=ident, path=path.absolute(), ask=Ask(
                    prompt=request.prompt, seconds=request.total, seed=request.seed,
                    heard=files.heard.absolute() if files.heard is not None else None,
                    drawing=drawing(request.settings, self.name),
                ),
            )
        )  # fmt: skip
        return Job[SoundRequest](provider=self.name, id=ident, request=request)

    def _hired(self) -> Crew:
        """The crew of one worker.

        Raises:
            MachineError: There is no room for the model.
            InvalidInput: The wished device is not there.
        """
        if self._crew is None:
            post = place(self._model, look(self._cache), self._devices)
            self._slow = post.device == "cpu" and not self._model.recipe.tiny
            load = Load(model=self._model, devices=(), cache=self._cache)
            command = partial(started, module=_WORKER)
            self._crew = Crew(load, [(post.device,)], command, what="music")
        return self._crew

    def _decides(self) -> tuple[str, ...]:
        """What else decides the music, and nothing of where it is made."""
        if not self._source:
            mark = weights.mark(self._model)
            self._source = (PROVIDER, self._model.recipe.name, mark, f"sounds {SOUNDS}")
        return self._source


def _model(context: Context) -> Model:
    """That which is named, or the best that fits."""
    if context.model:
        return find(context.model, context.models)
    return choose(models(context.models), look(), context.local.devices)


def _terms(model: Model) -> str:
    licence = model.recipe.licence
    return NON_COMMERCIAL if licence == LICENCE else f"licence of the weights: {licence}"


def _lacking() -> str:
    """What the extra would bring and is not there, as the end of a sentence; empty if all is."""
    absent = [name for name in LIBRARIES if find_spec(name) is None]
    if not absent:
        return ""
    return f"needs {', '.join(absent)}: pip install 'songreel[local]'"
