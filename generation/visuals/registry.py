"""Every scene there is: the built-in ones, and those of other packages."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import NamedTuple

from songreel.generation.visuals.contract import GROUP, brought_by, lacking
from songreel.generation.visuals.scene import Scene
from songreel.models.errors import InvalidInput

SCENES: dict[str, str] = {
    "aurora": "aurora:Aurora",
    "ocean": "ocean:Ocean",
    "city": "city:City",
    "tunnel": "tunnel:Tunnel",
    "ink": "ink:Ink",
    "nebula": "nebula:Nebula",
    "petals": "petals:Petals",
    "murmuration": "murmuration:Murmuration",
    "strings": "strings:Strings",
    "papercut": "papercut:Papercut",
    "spectrum": "spectrum:Sculpture",
    "growth": "growth:Growth",
    "lettering": "lettering:Lettering",
    "monoliths": "monoliths:Monoliths",
}
"""Built-in scenes by key, as `module:class` of `songreel.generation.visuals.scenes`: imported
when they are asked for."""


class Offer(NamedTuple):
    """What there is to show."""

    scenes: Mapping[str, type[Scene]]
    """By key, the built-in ones first."""
    packages: Mapping[str, str]
    """Who brings it, of those that are not built in: "songreel-lanterns 0.1"."""
    broken: Mapping[str, str]
    """By key, scenes of other packages that cannot be used: a sentence each."""


def offer() -> Offer:
    """Every scene there is, and those that another package offers but that cannot be used."""
    found = {key: _built_in(place) for key, place in SCENES.items()}
    packages, broken = {}, {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        package = brought_by(point)
        try:
            scene = point.load()
            fault = lacking(scene)
        except (Exception, SystemExit) as error:
            fault = f"{type(error).__name__}: {error}"
        if not fault and point.name in found:
            fault = "there is a scene of this name already"
        if fault:
            broken[point.name] = (
                f"scene {point.name!r} of {package} ({point.value}) cannot be used: {fault}; "
                "repair or uninstall that package"
            )
            continue
        found[point.name], packages[point.name] = scene, package
    return Offer(found, packages, broken)


def scenes() -> Mapping[str, type[Scene]]:
    """Every scene that can be shown, by key, the built-in ones first."""
    return offer().scenes


def find_scene(key: str) -> type[Scene]:
    """One scene; of the built-in ones no other is imported.

    Raises:
        InvalidInput: There is none of this key.
    """
    if key in SCENES:
        return _built_in(SCENES[key])
    offered = offer()
    if key not in offered.scenes:
        raise InvalidInput(
            offered.broken.get(key)
            or f"there is no scene {key!r}; there are {', '.join(offered.scenes)}"
        )
    return offered.scenes[key]


def _built_in(place: str) -> type[Scene]:
    module, _, name = place.partition(":")
    found: type[Scene] = getattr(
        import_module(f"songreel.generation.visuals.scenes.{module}"), name
    )
    return found
