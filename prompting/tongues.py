"""What each dialect calls things, and its limits: read from `dialects.toml`."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from songreel.models.document import Frozen
from songreel.models.storyboard import CameraMove, Shot, ShotSize
from songreel.prompting.sentences import Limits

_PACES = ("calm", "rising", "wild")
_NEGATION = re.compile(r"^(?:no|not|without|don[’']t (?:show|use|add)|avoid|never)\s+", re.I)


class Tongue(Frozen):
    """One dialect."""

    source: str
    """Where its rules come from, and when they were read."""
    sizes: dict[ShotSize, str]
    moves: dict[CameraMove, str]
    """`{how}` stands for a word of `how`, or of `hand` for the handheld camera."""
    how: tuple[str, str, str]
    """Calm, rising, wild."""
    hand: tuple[str, str, str]
    limits: Limits
    takes_negative: bool = False
    negative: tuple[str, ...] = ()
    """What is kept out of every picture."""
    sees_mood: bool = False
    brackets: bool = False
    moves_at_once: int = 1
    ending: str = ""
    """What a prompt ends with, whatever its length."""

    def move(self, shot: Shot) -> str:
        """The camera's move in this dialect."""
        pace = shot.parts.pace if shot.parts else "rising"
        words = self.hand if shot.camera is CameraMove.HANDHELD else self.how
        return self.moves[shot.camera].format(how=words[_PACES.index(pace)]).strip()

    def kept_out(self, negative: str, prompt: str) -> str:
        """What is to be kept out of a picture: the model's own list, then the look's `negative`.

        A list of things: "no" and its kin are taken off, what `prompt` asks for is left out, and
        where there is a limit the model's own go first.
        """
        if not self.takes_negative:
            return ""
        own = [item for item in self.negative if not asks_for(prompt, item)]
        things = [_NEGATION.sub("", item.strip()) for item in negative.split(",")]
        things = [item for item in things if item and not asks_for(prompt, item)]
        while True:
            text = ", ".join(dict.fromkeys([*own, *things]))
            if not own or not self.limits.negative or len(text) <= self.limits.negative:
                return text
            own.pop()


def asks_for(prompt: str, thing: str) -> bool:
    """Whether `prompt` speaks of `thing`, in these very words."""
    if thing.lower() not in prompt.lower():
        return False
    return re.search(rf"(?<!\w){re.escape(thing)}(?!\w)", prompt, re.I) is not None


@cache
def tongues() -> MappingProxyType[str, Tongue]:
    """Every dialect by name, the plain one first."""
    raw = tomllib.loads((files("songreel.prompting") / "dialects.toml").read_text(encoding="utf-8"))

    def whole(body: dict[str, Any]) -> dict[str, Any]:
        camera = raw["camera"][body.pop("camera")]
        return {**camera, **body, "sizes": raw["sizes"][body["sizes"]]}

    return MappingProxyType(
        {name: Tongue.model_validate(whole(body)) for name, body in raw["dialect"].items()}
    )
