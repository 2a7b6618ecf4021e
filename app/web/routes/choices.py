"""What can be chosen from: looks, styles, models, sources, visuals, effects."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from songreel.generation.provider import Standing
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.web.errors import Refused
from songreel.web.routes.here import Here

router = APIRouter(prefix="/api", tags=["choices"])


class Choice(Frozen):
    """A look or a cutting style."""

    name: str
    about: str
    """What it is for, or why its file cannot be used."""
    source: str
    """`songreel`, or the file."""


class Model(Frozen):
    """A model of the catalogue."""

    ref: str
    """By which it is asked for, `replicate:ltx-video`."""
    makes: str
    """`pictures` or `sound`."""
    local: bool
    """Whether it runs on this machine."""
    facts: dict[str, Any]
    """All that is known of it: lengths, sizes, licence, price and its date."""


class Scene(Frozen):
    """A built-in scene."""

    key: str
    name: str
    about: str
    origin: str
    """The package that brings it."""
    words: tuple[str, ...]
    drives: dict[str, str]
    """What kick, snare, hat, bass, melody and build each do."""
    settings: dict[str, dict[str, tuple[str, ...]]]
    """The words that call each option, by setting and option."""


class EffectOption(Frozen):
    """A setting of an effect."""

    default: Any = None
    about: str


class Effect(Frozen):
    """Something that can be done to pictures."""

    name: str
    about: str
    on: tuple[str, ...]
    """What can move it."""
    settings: dict[str, EffectOption]


class Effects(Frozen):
    """All effects, all that can move them, and all transitions."""

    effects: tuple[Effect, ...]
    on: dict[str, str]
    transitions: tuple[str, ...]


@router.get("/looks")
def list_looks(here: Here) -> tuple[Choice, ...]:
    """The looks: those that ship, and one's own."""
    from songreel.hosted import Choices

    return tuple(Choice.model_validate(row._asdict()) for row in Choices(here.settings).looks())


@router.get("/styles")
def list_styles(here: Here) -> tuple[Choice, ...]:
    """The cutting styles: those that ship, and one's own."""
    from songreel.hosted import Choices

    return tuple(Choice.model_validate(row._asdict()) for row in Choices(here.settings).styles())


@router.get("/models")
def list_models(
    here: Here,
    provider: Annotated[
        str | None, Query(max_length=40, description="Of this one only: replicate, fal, local.")
    ] = None,
) -> tuple[Model, ...]:
    """The models of pictures and sound, hosted and on this machine."""
    from songreel.hosted import Choices
    from songreel.planning import LOCAL

    choices, found = Choices(here.settings), []
    if provider != LOCAL:
        try:
            hosted = choices.models(provider)
        except InvalidInput as error:
            raise Refused(422, str(error), "query.provider") from error
        for entries, makes in ((hosted, "pictures"), (choices.sound_models(provider), "sound")):
            found += [
                Model(ref=entry.ref, makes=makes, local=False, facts=entry.model_dump(mode="json"))
                for entry in entries
            ]
    if provider in (None, LOCAL):
        found += [
            Model(
                ref=model.entry().ref, makes="pictures", local=True,
                facts=model.model_dump(mode="json"),
            )
            for model in choices.local_models()
        ]  # fmt: skip
    return tuple(found)


@router.get("/providers")
def list_providers(here: Here) -> dict[str, Standing]:
    """Where pictures can come from, and what each needs; never a key."""
    return here.services.providers()


@router.get("/sounds")
def list_sounds(here: Here) -> dict[str, Standing]:
    """Where music and effects can come from, and what each needs; never a key."""
    return here.services.sounds()


@router.get("/visuals")
def list_visuals(here: Here) -> tuple[Scene, ...]:
    """The scenes that are drawn without a model."""
    from songreel.visuals import Visuals

    return tuple(
        Scene(
            key=one.key, name=one.name, about=one.about, origin=one.origin, words=one.words,
            drives=dict(one.drives),
            settings={name: dict(options) for name, options in one.settings.items()},
        )
        for one in Visuals(here.settings).scenes()
    )  # fmt: skip


@router.get("/effects")
def list_effects() -> Effects:
    """What can be done to pictures, what can move it, and how shots can begin."""
    from songreel.assembly.effects.catalogue import DRIVERS, described
    from songreel.plan_edits import kinds

    effects = tuple(
        Effect(
            name=one.name, about=one.about, on=one.drivers,
            settings={
                s.name: EffectOption(default=s.default, about=s.about) for s in one.settings
            },
        )
        for one in described()
    )  # fmt: skip
    return Effects(
        effects=effects,
        on={str(name): about for name, about in DRIVERS.items()},
        transitions=tuple(sorted(kinds())),
    )
