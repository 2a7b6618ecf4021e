"""Scenes as a form holds them, and the work that films them: `Sheet`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from pydantic import ValidationError

from songreel.generation.catalogue.entry import Entry
from songreel.hosted import Choices
from songreel.models.errors import InvalidInput
from songreel.models.scenes import SceneList
from songreel.models.work_sound import MakeScenes
from songreel.models.work_wishes import Music, Output
from songreel.web.studio.direction import price_text
from songreel.workspace import Workspace

FIRST: tuple[Mapping[str, Any], ...] = (
    {"prompt": "", "seconds": 8.0, "mood": "calm, curious"},
    {"prompt": "", "seconds": 8.0, "mood": "hopeful"},
    {"prompt": "", "seconds": 8.0, "mood": "triumphant"},
)
"""What a new sheet begins with."""


@dataclass
class Sheet:
    """What somebody has written; fields of scenes that the form does not show are kept as read."""

    whole: dict[str, Any] = field(default_factory=dict)
    """Title, music, bpm, key, meter, look, sound: what is left out is up to the mood."""
    scenes: list[dict[str, Any]] = field(default_factory=lambda: [dict(scene) for scene in FIRST])
    images: dict[str, str] = field(default_factory=dict)
    """Pictures that scenes begin or end with: SHA-256 by name."""
    player: str = "builtin"
    """Source of the music."""
    visuals: str = "builtin"
    output: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Length of the film, as far as it is written."""
        return sum(float(scene.get("seconds") or 0) for scene in self.scenes)

    def text(self) -> str:
        """The scene list, YAML."""
        said = {name: value for name, value in self.whole.items() if value not in (None, "")}
        scenes = [
            {name: value for name, value in scene.items() if value not in (None, "")}
            for scene in self.scenes
        ]
        told: str = yaml.safe_dump(
            said | {"scenes": scenes}, allow_unicode=True, sort_keys=False, width=10_000
        )
        return told

    def work(self, agreed: Decimal = Decimal(0)) -> MakeScenes:
        """The work that makes the film, for `agreed` USD at most.

        Raises:
            InvalidInput: A wish cannot be met; one sentence.
        """
        missing = [n for n, scene in enumerate(self.scenes, 1) if not scene.get("seconds")]
        if not self.scenes:
            raise InvalidInput("there is no scene yet; add one")
        if missing:
            raise InvalidInput(f"scene {missing[0]} has no length; say how many seconds it lasts")
        named = {scene.get(end) for scene in self.scenes for end in ("start", "end")}
        try:
            return MakeScenes(
                scenes=self.text(),
                images={name: sha for name, sha in self.images.items() if name in named},
                music=Music(source=self.player),
                visuals=self.visuals,
                output=Output.model_validate(self.output),
                agreed=agreed,
            )
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InvalidInput(f"{where}: {first['msg']}") from error

    def data(self) -> dict[str, Any]:
        """As plain data, for a draft."""
        return {
            "whole": self.whole, "scenes": self.scenes, "images": self.images,
            "player": self.player, "visuals": self.visuals, "output": self.output,
        }  # fmt: skip

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Sheet":
        """Of a draft; a new one where that is none."""
        made = cls()
        for name, value in data.items():
            if name in made.data() and isinstance(value, type(getattr(made, name))):
                setattr(made, name, value)
        if not all(isinstance(scene, dict) for scene in made.scenes):
            made.scenes = [dict(scene) for scene in FIRST]
        return made

    def take(self, content: bytes, name: str) -> None:
        """Fill the form from a file.

        Raises:
            InvalidInput: It holds no scenes; the sentence names file, line and field.
        """
        found = read_text(content, name)
        raw = found.model_dump(mode="json", exclude_defaults=True)
        self.scenes = [dict(scene) for scene in raw.pop("scenes")]
        self.whole = raw


def read_text(content: bytes, name: str) -> SceneList:
    """The scenes in a file's content.

    Raises:
        InvalidInput: It holds none; the sentence names file, line and field.
    """
    from songreel.prompting.scenes.reading import read_scenes

    suffix = ".json" if name.lower().endswith(".json") else ".yaml"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"scenes{suffix}"
        path.write_bytes(content)
        try:
            return read_scenes(path)
        except InvalidInput as error:
            told = str(error).replace(f"{folder}/", "").replace(path.name, name)
            raise InvalidInput(told) from error


@dataclass(frozen=True)
class Sources:
    """Who can play and who can draw, in words by source; those that are ready here."""

    players: Mapping[str, str]
    pictures: Mapping[str, str]


def sources(workspace: Workspace) -> Sources:
    """What can be chosen for a film of scenes; asks nothing of the network.

    Raises:
        InvalidInput: A file of the user's own does not hold.
    """
    choices = Choices(workspace.settings)
    sounds, standings = workspace.services.sounds(), workspace.services.providers()
    players = {"builtin": "songreel's own band, free"}
    if (local := sounds.get("local")) is not None and local.ready:
        players["local"] = "a model on this machine, free"
    for model in choices.sound_models():
        provider = model.key.partition(":")[0]
        if "music" in model.tasks and provider in sounds and sounds[provider].ready:
            players[model.key] = f"{model.name} at {provider}, {price_text(model.price)}"
    pictures = {"builtin": "drawn here by songreel, free"}
    own = standings.get("local")
    for row in choices.local_models() if own is not None and own.ready else ():
        pictures[row.key] = f"{row.name}, on this machine, free"
    for entry in choices.models():
        if entry.provider in standings and standings[entry.provider].ready and _from_words(entry):
            pictures[entry.key] = f"{entry.name} at {entry.provider}, {price_text(entry.price)}"
    return Sources(players, pictures)


def _from_words(entry: Entry) -> bool:
    return not (entry.needs("start") or entry.needs("end") or entry.needs("audio"))
