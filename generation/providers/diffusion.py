"""Video models on the user's own GPUs as a source of clips."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.pack import missing, pack
from songreel.generation.catalogue.served import another_seed, named, too_short
from songreel.generation.diffusion import approximate, lora, weights
from songreel.generation.diffusion.book import PROVIDER, book
from songreel.generation.diffusion.crew import Crew
from songreel.generation.diffusion.ladder import read_wish
from songreel.generation.diffusion.machine import Machine, look
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.posts import Largest, posts, rungs
from songreel.generation.diffusion.process import started
from songreel.generation.diffusion.wire import Load, Make
from songreel.generation.diffusion.wishes import check
from songreel.generation.local import ByWorkers
from songreel.generation.provider import Context, Standing, Traits
from songreel.generation.tasks import own_file
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, Portion
from songreel.models.errors import InvalidInput, MachineError, ProviderError, SongreelError

LIBRARIES = ("torch", "diffusers", "transformers", "accelerate")
"""What the extra `local` brings that no clip can be made without."""

PICTURES = "1"
"""Raised when our own code makes other pictures of the same request, so that clips are made anew.
Placements and exact speed-ups do not."""


class Diffusion(ByWorkers):
    """A local model: plans as a hosted one does, and has a crew of workers make the clips.

    Nothing here imports torch; the workers do.

    Raises:
        InvalidInput: The extra is not installed, no model is called so, or a wish does not hold.
    """

    def __init__(self, context: Context) -> None:
        self._model = book(context.models).find(context.model).wished(context.local)
        check(self._model)
        if lacking := _lacking():
            raise InvalidInput(f"{self._model.key} {lacking}")
        self._entry: Entry = self._model.entry()
        self.name = self._model.key
        self._scratch, self._cache = context.scratch, context.cache
        self._machine: Machine = look()
        gpus = 0 if self._model.wishes.devices.strip() == "cpu" else len(self._machine.gpus)
        self.traits = Traits(
            local=True,
            hears_music=False,
            costs_money=False,
            deterministic=True,
            # Two a GPU: the next clip waits at the worker, which begins with it at once.
            max_concurrent=max(1, 2 * gpus),
            dialect=self._entry.dialect,
            takes_start=self._entry.takes("start"),
            takes_end=self._entry.takes("end"),
        )
        self._film: Mapping[str, Portion] = {}
        self._wanting: tuple[str, ...] = ()
        self._largest: Largest | None = None
        self._source: tuple[str, ...] = ()
        self._crew: Crew | None = None

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """Ready with the extra; whether a model fits is told by `generate --plan-memory`."""
        summary = "video models on your own GPUs (`songreel models --provider local`)"
        try:
            model = book(context.models).find(context.model)
            said = "the default" if not context.model else model.recipe.licence_name
            summary = f"{summary}; {model.key}, {said}"
        except SongreelError as error:
            return Standing(ready=False, summary=summary, reason=str(error))
        if lacking := _lacking():
            return Standing(ready=False, summary=summary, reason=lacking)
        return Standing(ready=True, summary=summary)

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """Clips on the model's own lengths and sizes, shared by the shots of a take.

        Raises:
            InvalidInput: Weights or a LoRA that were named are not there.
            ProviderError: The hub was to say what a name stands for, and does not answer.
        """
        packed = pack(requests, self._entry)
        source = self._decides()
        self._film = {
            shot: portion.model_copy(update={"request": self._planned(portion.request, source)})
            for shot, portion in packed.items()
        }
        self._wanting = tuple(
            shot for shot, asked in requests.items() if missing(self._entry, asked)
        )
        for portion in self._film.values():
            self._grow(portion.request)
        return self._film

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """The same with another seed."""
        return (request.model_copy(update={"seed": another_seed(request)}),)

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """Model, weights, steps, seed, images, LoRAs, approximations and licence."""
        model, wishes = self._model, self._model.wishes
        told = [
            f"{model.name} on this machine",
            f"{request.seconds:.2f} s",
            f"{model.steps} steps",
            f"guidance {model.guidance:g}",
            f"seed {request.seed}",
        ]
        if wishes.weights:
            told.append(f"weights {wishes.weights}")
        if request.start:
            told.append("with the start image")
        if request.end:
            told.append("with the end image")
        told += [f"LoRA {Path(each.path).name} × {each.scale:g}" for each in wishes.loras]
        told += [f"approximate: {each}" for each in self._inexact()]
        return (*told, f"licence: {model.recipe.licence}")

    def notices(self) -> Sequence[str]:
        """Approximations, shots that it cannot serve wholly, and what the workers had to say."""
        told = []
        if inexact := self._inexact():
            told.append(
                f"{self.name} does not show what the model as released would: "
                f"{', '.join(inexact)}, as was asked"
            )
        told += too_short(self.name, self._film)
        if self._wanting:
            told.append(
                f"{self.name} makes nothing without an image: {named(self._wanting)}; name one as "
                "start_image of the shot in plan.json, or choose a model that needs words alone"
            )
        return (*told, *(self._crew.notices() if self._crew is not None else ()))

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:
        """Have the crew make it; the first one starts the workers.

        Raises:
            MachineError: The model does not fit into this machine, or a folder cannot be written.
            ProviderError: It was planned with other wishes.
        """
        if request.source != self._decides():
            raise ProviderError(
                f"{self.name}: the clip was planned with other weights or options; plan it again",
                provider=self.name,
            )
        if lacking := missing(self._entry, request):
            raise ProviderError(
                f"{self.name} makes nothing without {' and '.join(lacking)} image",
                provider=self.name,
            )
        self._grow(request)
        ident = request.fingerprint[:16]
        path = own_file(self._scratch, PROVIDER, ident)
        self._hired().submit(
            Make(
                id=ident, path=path.absolute(), prompt=request.prompt, negative=request.negative,
                width=request.width, height=request.height, frames=request.frames,
                fps=request.rate, steps=self._model.steps, guidance=self._model.guidance,
                seed=request.seed,
                start=images.start.absolute() if images.start else None,
                end=images.end.absolute() if images.end else None,
            )
        )  # fmt: skip
        return Job(provider=self.name, id=ident, request=request)

    def _hired(self) -> Crew:
        """The crew; its workers are planned for the largest clip that is known by now."""
        if self._crew is None:
            assert self._largest is not None
            self._machine = look(self._cache)
            where, placement = self._placed()
            load = Load(
                model=self._model, devices=(), width=self._largest.width,
                height=self._largest.height, frames=self._largest.frames, cache=self._cache,
            )  # fmt: skip
            if self._model.wishes.loras and (reason := lora.refusal(self._model.recipe, placement)):
                raise MachineError(f"{self.name}: {reason}")
            ranks = placement.split == "context"
            self._crew = Crew(load, where, partial(started, ranks=ranks))
        return self._crew

    def _placed(self) -> tuple[list[tuple[str, ...]], Placement]:
        """Devices of each worker, and how the model lies on the first one's.

        Raises:
            MachineError: It cannot be had here as wished: no clip would do better.
        """
        assert self._largest is not None
        try:
            where = posts(self._model, self._largest, self._machine)
            return where, rungs(self._model, self._largest, self._machine, where[0])[0]
        except InvalidInput as error:
            raise MachineError(f"{self.name}: {error}") from error

    def _grow(self, request: ClipRequest) -> None:
        asked = Largest(request.width, request.height, request.frames)
        self._largest = asked if self._largest is None else asked.over(self._largest)

    def _planned(self, request: ClipRequest, source: tuple[str, ...]) -> ClipRequest:
        negative = request.negative
        if self._entry.takes("negative") and not negative:
            negative = self._model.recipe.negative
        return request.model_copy(update={"source": source, "negative": negative})

    def _storage(self) -> str:
        """How weights are stored that are not as released; empty where they are."""
        storage = read_wish(self._model.wishes.placement).storage
        return "" if storage == "released" else storage

    def _inexact(self) -> list[str]:
        """What changes the picture for speed or room."""
        found = [approximate.label(each) for each in sorted(self._model.wishes.approximate)]
        if storage := self._storage():
            found.append(f"weights stored as {storage}")
        return found

    def _decides(self) -> tuple[str, ...]:
        """Everything but the request that decides a picture, and nothing of where it is made."""
        if not self._source:
            model, wishes = self._model, self._model.wishes
            found = [
                PROVIDER,
                model.recipe.name,
                weights.mark(model.recipe, wishes, self._cache),
                f"steps {model.steps}",
                f"guidance {model.guidance:g}",
                *(lora.mark(each, self._cache) for each in wishes.loras),
                *(f"approximate {each}" for each in self._inexact()),
            ]
            self._source = (*found, f"pictures {PICTURES}")
        return self._source


def _lacking() -> str:
    """What the extra would bring and is not there, as the end of a sentence; empty if all is."""
    absent = [name for name in LIBRARIES if find_spec(name) is None]
    if not absent:
        return ""
    return f"needs {', '.join(absent)}: pip install 'songreel[local]'"
