"""Which services' keys are set, and where they go; never what they are."""

from typing import get_args

from songreel.generation.hosted.keys import Service, key
from songreel.models.errors import InvalidInput
from songreel.web.studio.blocking import blocking
from songreel.web.studio.frame import frame
from songreel.web.studio.kit import Text, chip, element, panel
from songreel.workspace import Workspace

VARIABLES = {"replicate": "REPLICATE_API_TOKEN", "fal": "FAL_KEY"}


async def keys_part(workspace: Workspace) -> None:
    """Build the part."""
    found = await blocking(standing)
    standings = await blocking(workspace.services.providers)
    with panel("Keys of services"):
        Text(
            "Models elsewhere cost money and need a key. Keys stay in the environment or in a file "
            "that only you can read; the studio looks whether they are there, and shows them to "
            "nobody.",
            "p",
            "sr-prose",
        )
        for service, reason in found.items():
            with element("div", "sr-line"):
                with element("div", "sr-line-words"):
                    Text(service, "h3", "sr-h3")
                    words = reason or f"{VARIABLES[service]} or keys.toml holds it."
                    Text(frame().told(words), "p", "sr-hint")
                chip("not set" if reason else "set", "warn" if reason else "good")
        with element("div", "sr-notice"):
            path = workspace.settings.config / "keys.toml"
            Text(
                frame().told(f"File of keys: {path}, mode 0600, lines such as fal = \"the key\". "
                             "SONGREEL_KEYS names another one."),
                "p",
            )  # fmt: skip
    with panel("Where pictures come from"):
        for name, one in standings.items():
            with element("div", "sr-line"):
                with element("div", "sr-line-words"):
                    Text(name, "h3", "sr-h3")
                    Text(frame().told(one.summary), "p", "sr-hint")
                    if one.reason and name not in found:
                        Text(frame().told(one.reason), "p", "sr-hint")
                chip("ready" if one.ready else "not ready", "good" if one.ready else "")


def standing() -> dict[str, str]:
    """Why a service's key cannot be used, by the service; empty where it can."""
    found: dict[str, str] = {}
    for service in get_args(Service):
        try:
            key(service)
            found[service] = ""
        except InvalidInput as error:
            found[service] = str(error)
    return found
