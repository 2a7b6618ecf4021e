"""What a person wishes of a film before it is planned, and the work that asks for it: `Wishes`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.offer import Cost
from songreel.hosted import Choices
from songreel.models.errors import InvalidInput
from songreel.models.money import dollars
from songreel.models.storyboard import Palette
from songreel.models.work import Make, Plan
from songreel.prompting.looks import choose_look, find_book
from songreel.workspace import Workspace

UNITS = {"second": "a second", "clip": "a clip", "run second": "a second of machine"}


@dataclass(frozen=True)
class LookCard:
    """A look that can be chosen."""

    name: str
    about: str
    palette: Palette


@dataclass(frozen=True)
class ModelRow:
    """A model that can be chosen."""

    key: str
    """By which it is asked for: `replicate:ltx-video`."""
    text: str
    """For a list: name, service, price."""
    about: str
    """What it costs for the whole song as far as that can be said, and whether it is ready."""
    ready: bool


@dataclass(frozen=True)
class Offered:
    """All that can be chosen for a song."""

    looks: tuple[LookCard, ...]
    suits: str
    """The look that the song's mood chooses."""
    why: str
    styles: Mapping[str, str]
    """What each is for, by name."""
    hosted: tuple[ModelRow, ...]
    local: tuple[ModelRow, ...]
    local_note: str
    """What models on this machine need; empty where they are ready."""
    keys: Mapping[str, str]
    """Why a service cannot be asked, by its name; empty where its key is set."""


@dataclass
class Wishes:
    """The form, as plain values by field; what is left out is up to the song."""

    planning: dict[str, Any] = field(default_factory=dict)
    output: dict[str, Any] = field(default_factory=dict)
    ears: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    plan_file: str | None = None
    """A plan to take over, the asset it was uploaded as."""
    retakes: int = 0
    budget: Decimal | None = None
    """USD that may never be passed on this film."""

    def plan(self, project: str) -> Plan:
        """The work that plans the film.

        Raises:
            InvalidInput: A wish cannot be met.
        """
        return Plan.model_validate(self._valid(Plan, project))

    def make(self, project: str, agreed: Decimal = Decimal(0)) -> Make:
        """The work that makes it, for `agreed` USD at most.

        Raises:
            InvalidInput: A wish cannot be met.
        """
        more = {"agreed": agreed, "retakes": self.retakes}
        return Make.model_validate(self._valid(Make, project) | more)

    def _valid(self, work: type[Plan] | type[Make], project: str) -> dict[str, Any]:
        raw = {
            "project": project,
            "planning": _said(self.planning),
            "output": _said(self.output),
            **_said(self.ears),
            **_said(self.pictures),
        }
        if self.plan_file is not None:
            raw["plan"] = self.plan_file
        try:
            work.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InvalidInput(f"{where}: {first['msg']}; it is {first['input']!r}") from error
        return raw


def offered(workspace: Workspace, project_id: str) -> Offered:
    """What can be chosen for the project's song; asks nothing of the network.

    Raises:
        InvalidInput: The song is not heard yet, or a file of the user's own does not hold.
    """
    analysis = workspace.editing.heard(project_id)
    if analysis is None:
        raise InvalidInput("the song is not heard yet")
    settings, choices = workspace.settings, Choices(workspace.settings)
    looks = []
    for row in choices.looks():
        try:
            name, book = find_book(row.name, settings.looks)
        except InvalidInput:  # told as broken in the settings
            continue
        looks.append(LookCard(name, book.about, book.palette))
    chosen = choose_look(analysis, settings.looks)
    standings = workspace.services.providers()
    seconds = analysis.track.duration
    keys: dict[str, str] = {
        name: standings[name].reason if not standings[name].ready else ""
        for name in ("replicate", "fal")
        if name in standings
    }
    hosted = tuple(
        _hosted(entry, seconds, not keys.get(entry.provider, ""))
        for entry in choices.models()
        if not (entry.needs("start") or entry.needs("end") or entry.needs("audio"))
    )
    local = standings.get("local")
    return Offered(
        looks=tuple(looks),
        suits=chosen.look.name,
        why=chosen.reason.partition(": ")[2],
        styles={row.name: row.about for row in choices.styles()},
        hosted=tuple(sorted(hosted, key=lambda row: not row.ready)),
        local=tuple(
            ModelRow(model.key, model.name, "on this machine, free", ready=True)
            for model in choices.local_models()
            if not model.name.startswith("tiny-")
        ),
        local_note="" if local is not None and local.ready else (local.reason if local else ""),
        keys=keys,
    )


def _hosted(entry: Entry, seconds: float, ready: bool) -> ModelRow:
    text = f"{entry.name} at {entry.provider}, {price_text(entry.price)}"
    about = _whole(entry.price, seconds)
    return ModelRow(entry.key, text, about, ready)


def price_text(price: Cost) -> str:
    """`0.05 USD a second`; a range where it depends on what is asked for."""
    usd = sorted({rate.usd for rate in price.rates})
    if not usd or not usd[-1]:
        return "free"
    low, high = dollars(usd[0]), dollars(usd[-1])
    return f"{low if low == high else f'{low} to {high}'} USD {UNITS[price.unit]}"


def _whole(price: Cost, seconds: float) -> str:
    """What all of a song takes at least, where the price is one of seconds."""
    usd = sorted({rate.usd for rate in price.rates})
    if price.unit != "second" or not usd:
        return "The price of the whole film is told once it is planned, before anything is bought."
    low, high = (dollars(each * Decimal(str(round(seconds, 1)))) for each in (usd[0], usd[-1]))
    span = f"about {low} USD" if low == high else f"about {low} to {high} USD"
    return f"{span} for this song; the exact price is asked about before anything is bought."


def _said(wishes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wishes.items() if value is not None}
