"""Mochi by Genmo's own package as a source of clips, in that package's own environment."""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.pack import pack
from songreel.generation.catalogue.served import another_seed, too_short
from songreel.generation.diffusion.book import Model
from songreel.generation.diffusion.families.mochi import MOCHI
from songreel.generation.diffusion.family import Ask
from songreel.generation.diffusion.machine import Gpu, look
from songreel.generation.genmo import config, process
from songreel.generation.genmo.works import Team, Works
from songreel.generation.local import ByWorkers
from songreel.generation.provider import Context, Standing, Traits
from songreel.generation.tasks import own_file
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, Portion
from songreel.models.errors import InvalidInput, ProviderError, SongreelError
from songreel.models.local import LocalOptions

PLACEMENTS = ("auto", "whole", "tiled", "model-offload", "model-offload+tiled", "context")
"""`auto` is `tiled` (as Genmo's command line decodes), a worker on each GPU; `context` has all of
them make one clip."""


class Genmo(ByWorkers):
    """Mochi as its makers run it: plans as a hosted model does, and asks a process of its own.

    Raises:
        InvalidInput: The package is not set up, or a wish is none that it can fulfil.
    """

    name = "genmo"

    def __init__(self, context: Context) -> None:
        self._wishes, self._scratch = context.local, context.scratch
        check(self._wishes)
        self._model = Model(name="mochi", recipe=MOCHI).wished(self._wishes)
        self._entry = entry(context.model, self._wishes)
        self._teams = _teams(self._wishes)
        self._config = config.read(self._wishes.weights)
        self._config.check()
        self.traits = Traits(
            local=True, hears_music=False, costs_money=False, deterministic=True,
            max_concurrent=len(self._teams), dialect=self._entry.dialect,
        )  # fmt: skip
        self._film: Mapping[str, Portion] = {}
        self._crew: Works | None = None

    @classmethod
    def describe(cls, context: Context) -> Standing:
        """Whether the environment has the package; whether it finds a GPU is told by its worker."""
        summary = "Mochi by Genmo's own package, in an environment of its own, on your own GPUs"
        try:
            found = config.read(context.local.weights)
            found.check()
            process.look(found)
        except SongreelError as error:
            return Standing(ready=False, summary=summary, reason=str(error))
        return Standing(ready=True, summary=summary)

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """Clips on Mochi's lengths and sizes, shared by the shots of a take.

        Raises:
            InvalidInput: The environment has no such package.
        """
        planned = {"source": self._source}
        self._film = {
            shot: portion.model_copy(update={"request": portion.request.model_copy(update=planned)})
            for shot, portion in pack(requests, self._entry).items()
        }
        return self._film

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """The same with another seed."""
        return (request.model_copy(update={"seed": another_seed(request)}),)

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """Package, steps, guidance, seed, LoRA and licence."""
        model = self._model
        told = [
            f"Genmo's package {self._environment.genmo or 'from a checkout'}",
            f"{request.seconds:.2f} s",
            f"{model.steps} steps",
            f"guidance {model.guidance:g}",
            f"seed {request.seed}",
        ]
        told += [f"LoRA {Path(each.path).name}" for each in self._wishes.loras]
        return (*told, f"licence: {model.recipe.licence}")

    def notices(self) -> Sequence[str]:
        """Shots that are longer than Mochi's longest clip."""
        return too_short(self.name, self._film)

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:  # noqa: ARG002
        """Have a worker make it; the first one starts them.

        Raises:
            ProviderError: It was planned with other wishes, or another package.
            MachineError: The scratch folder cannot be made.
        """
        if request.source != self._source:
            raise ProviderError(
                "genmo: the clip was planned with another package, weights or options; plan it "
                "again",
                provider=self.name,
            )
        ident = request.fingerprint[:16]
        if self._crew is None:
            lora = str(Path(self._wishes.loras[0].path).absolute()) if self._wishes.loras else ""
            self._crew = Works(self._config, self._teams, lora)
        ask = Ask(
            prompt=request.prompt, negative=request.negative, width=request.width,
            height=request.height, frames=request.frames, fps=request.rate,
            steps=self._model.steps, guidance=self._model.guidance, seed=request.seed,
        )  # fmt: skip
        self._crew.submit(ident, ask, own_file(self._scratch, self.name, ident))
        return Job(provider=self.name, id=ident, request=request)

    @cached_property
    def _environment(self) -> process.Environment:
        return process.look(self._config)

    @cached_property
    def _source(self) -> tuple[str, ...]:
        """Everything but the request that decides a picture."""
        found, model = self._environment, self._model
        return (
            "genmo",
            f"genmo {found.genmo} {found.code}".replace("  ", " "),
            f"weights {self._config.mark()}",
            f"steps {model.steps}",
            f"guidance {model.guidance:g}",
            *(f"lora {config.mark_of(Path(each.path))}" for each in self._wishes.loras),
        )


def entry(model: str = "", wishes: LocalOptions = LocalOptions()) -> Entry:  # noqa: B008
    """Mochi as the catalogue describes models.

    Raises:
        InvalidInput: Another model is named.
    """
    if model not in ("", "mochi"):
        raise InvalidInput(f"genmo makes clips with mochi, not with {model!r}")
    found = Model(name="mochi", recipe=MOCHI).wished(wishes).entry()
    return found.model_copy(update={"provider": "genmo"})


def check(wishes: LocalOptions) -> None:
    """Refuse what Genmo's package cannot do.

    Raises:
        InvalidInput: With what can.
    """
    if wishes.placement not in PLACEMENTS:
        raise InvalidInput(
            f"genmo knows no placement {wishes.placement!r} but {', '.join(PLACEMENTS)}; "
            "`local:mochi` knows more"
        )
    if wishes.approximate:
        raise InvalidInput(
            f"genmo has no approximation {wishes.approximate[0]!r}; `local:mochi` has some"
        )
    if len(wishes.loras) > 1:
        raise InvalidInput(
            f"genmo takes one LoRA, not {len(wishes.loras)}; `local:mochi` takes several"
        )
    for lora in wishes.loras:
        if wishes.placement == "context":
            raise InvalidInput(
                "genmo takes no LoRA on several GPUs; leave --placement context out, or use "
                "`local:mochi`"
            )
        if lora.scale != 1.0:
            raise InvalidInput(
                f"genmo takes a LoRA as it is, not at scale {lora.scale:g}; `local:mochi` scales"
            )
        if not Path(lora.path).is_file():
            raise InvalidInput(f"genmo: there is no LoRA {lora.path}")


def _teams(wishes: LocalOptions) -> list[Team]:
    """One worker a GPU, or one for all of them.

    Raises:
        InvalidInput: A device that was named is not there, or there are too few.
    """
    gpus = _gpus(wishes.devices)
    if wishes.placement == "context":
        if len(gpus) < 2:
            raise InvalidInput(
                f"the placement 'context' needs at least 2 GPUs, here is {len(gpus)}; choose "
                "'tiled', or 'model-offload' where memory does not suffice"
            )
        ids, names = [_id(gpu) for gpu in gpus], [gpu.device for gpu in gpus]
        return [Team(gpus=tuple(ids), names=tuple(names), together=True)]
    tiled = wishes.placement not in ("whole", "model-offload")
    offload = wishes.placement.startswith("model-offload")
    if not gpus:
        # The worker says what torch of its own environment sees, and why.
        return [Team(tiled=tiled, offload=offload)]
    return [
        Team(gpus=(_id(gpu),), names=(gpu.device,), tiled=tiled, offload=offload) for gpu in gpus
    ]


def _gpus(named: str) -> list[Gpu]:
    machine = look()
    there = [gpu for gpu in machine.gpus if gpu.backend == "cuda"]
    wanted = [word.strip() for word in named.split(",") if word.strip()]
    if not wanted:
        return there
    found = []
    for word in wanted:
        gpu = machine.gpu(word)
        if gpu is None or gpu.backend != "cuda":
            known = ", ".join(each.device for each in there) or "no NVIDIA GPU"
            raise InvalidInput(f"genmo: devices: there is no {word} for it here, but {known}")
        found.append(gpu)
    return found


def _id(gpu: Gpu) -> str:
    """As `CUDA_VISIBLE_DEVICES` takes it; torch counts those that are visible already."""
    index = gpu.device.partition(":")[2]
    visible = [each for each in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if each]
    return gpu.uuid or (visible[int(index)] if int(index) < len(visible) else index)
