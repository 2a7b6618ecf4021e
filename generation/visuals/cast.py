"""`Cast`: the scene and the settings that a clip was given, as its request carries them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from songreel.models.clip import ClipRequest

_SCENE = "scene "


@dataclass(frozen=True)
class Cast:
    """Which scene a clip shows, and how it is set."""

    scene: str = ""
    """Its key; empty where nothing has been chosen yet."""
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def to_source(self) -> tuple[str, ...]:
        """As it stands in `ClipRequest.source`: "scene ocean", "sky=storm"."""
        chosen = (f"{name}={option}" for name, option in sorted(self.settings.items()))
        return (_SCENE + self.scene, *chosen)

    @classmethod
    def of(cls, request: ClipRequest) -> "Cast":
        """What `request.source` says; nothing for a request that has not been cast."""
        scene = next((one for one in request.source if one.startswith(_SCENE)), "")
        pairs = (one.partition("=") for one in request.source if "=" in one)
        settings = {name: option for name, _, option in pairs} if scene else {}
        return cls(scene.removeprefix(_SCENE), MappingProxyType(settings))
