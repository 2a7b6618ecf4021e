"""What each dialect calls things, and its limits: read from `dialects.toml`."""

import tomllib
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from songreel.models.document import Frozen
from songreel.models.storyboard import CameraMove, Shot, ShotSize
from songreel.prompting.sentences import Limits

PACES = ("calm", "rising", "wild")


class Tongue(Frozen):
    """One dialect."""

    source: str
    """Where its rules come from."""
    sizes: dict[ShotSize, str]
    moves: dict[CameraMove, str]
    """`{how}` is replaced by a word of `how`, or of `hand` for the handheld camera."""
    how: tuple[str, str, str]
    """Calm, rising, wild."""
    hand: tuple[str, str, str]
    limits: Limits
    ending: str = ""

    def move(self, shot: Shot) -> str:
        """The camera's move in this dialect."""
        pace = shot.parts.pace if shot.parts else "rising"
        words = self.hand if shot.camera is CameraMove.HANDHELD else self.how
        return self.moves[shot.camera].format(how=words[PACES.index(pace)])


@cache
def tongues() -> MappingProxyType[str, Tongue]:
    """Every dialect by name, the plain one first."""
    raw = tomllib.loads((files("songreel.prompting") / "dialects.toml").read_text(encoding="utf-8"))
    shared = raw["camera"]
    return MappingProxyType(
        {
            name: Tongue.model_validate({**shared[body.pop("camera")], **body})
            for name, body in raw["dialect"].items()
        }
    )
