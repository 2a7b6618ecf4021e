"""Every scene there is: the built-in ones, and those of other packages."""

from importlib import import_module
from importlib.metadata import entry_points

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
}
"""Built-in scenes by key, as `module:class` of `songreel.generation.visuals.scenes`: imported
when they are asked for."""

GROUP = "songreel.scenes"
"""Entry points under which other packages offer scenes."""


def scenes() -> dict[str, type[Scene]]:
    """Every scene there is, by key, the built-in ones first.

    Raises:
        InvalidInput: An installed package offers a scene that cannot be loaded or is none.
    """
    found: dict[str, type[Scene]] = {}
    for key, place in SCENES.items():
        module, _, name = place.partition(":")
        found[key] = getattr(import_module(f"songreel.generation.visuals.scenes.{module}"), name)
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            scene = point.load()
        except Exception as error:
            raise InvalidInput(
                f"scene {point.name!r} ({point.value}) cannot be loaded: {error}; "
                "repair or uninstall the package that brings it"
            ) from error
        if not (isinstance(scene, type) and issubclass(scene, Scene)):
            raise InvalidInput(f"scene {point.name!r} ({point.value}) is not a Scene class")
        found[point.name] = scene
    return found
