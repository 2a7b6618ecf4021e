"""Keys of the services: from the environment, or from a file that nobody else may read."""

import os
import stat
import tomllib
from pathlib import Path
from typing import Literal

from platformdirs import user_config_path

from songreel.models.errors import InvalidInput

Service = Literal["replicate", "fal"]

_PAGES = {
    "replicate": "https://replicate.com/account/api-tokens",
    "fal": "https://fal.ai/dashboard/keys",
}
_VARIABLES = {"replicate": "REPLICATE_API_TOKEN", "fal": "FAL_KEY"}


class Secret:
    """A key that no print, log, traceback or comparison shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one header it is meant for."""
        return self._value

    def clean(self, text: str) -> str:
        """`text` without the key, should somebody have echoed it."""
        return text.replace(self._value, "***") if self._value else text

    def __repr__(self) -> str:
        return "Secret(***)"


def key(service: Service) -> Secret:
    """The key of `service`.

    `REPLICATE_API_TOKEN`, or `FAL_KEY` (also in two halves, `FAL_KEY_ID` and `FAL_KEY_SECRET`);
    else `replicate = "…"` or `fal = "…"` (or under the variable's name) in the file
    `SONGREEL_KEYS`, which is `keys.toml` in the user's configuration folder where that variable is
    not set.

    Raises:
        InvalidInput: There is none, it cannot be one, or others may read the file.
    """
    variable = _VARIABLES[service]
    found, where = os.environ.get(variable, ""), variable
    if not found.strip() and service == "fal":
        halves = [os.environ.get(name, "").strip() for name in ("FAL_KEY_ID", "FAL_KEY_SECRET")]
        if all(halves):
            found, where = ":".join(halves), "FAL_KEY_ID and FAL_KEY_SECRET"
    if not found.strip():
        path = _file()
        found, where = _from_file(path, service, variable), str(path)
    found = found.strip()
    if not found:
        raise InvalidInput(
            f"{service} needs a key: set {variable} in the environment, or write "
            f'{service} = "the key" into {_file()} (mode 0600); {_PAGES[service]} has it'
        )
    # Said here: what an HTTP library says of a value it cannot send shows the value.
    if not (found.isascii() and found.isprintable()) or " " in found:
        raise InvalidInput(
            f"the key in {where} holds a character that keys do not have; copy it anew "
            f"from {_PAGES[service]}"
        )
    return Secret(found)


def optional_key(name: str, variable: str = "") -> Secret | None:
    """What a server of the user's own may want to see; None where nothing is written.

    Args:
        name: Of its line in the file of keys.
        variable: Of the environment, which goes first; empty for none.

    Raises:
        InvalidInput: It cannot be sent, or others may read the file.
    """
    found, where = os.environ.get(variable, "").strip() if variable else "", variable
    if not found:
        path = _file()
        found, where = _from_file(path, name).strip(), str(path)
    if not (found.isascii() and found.isprintable()):
        raise InvalidInput(f"the value of {name} in {where} holds a character no header may have")
    return Secret(found) if found else None


def _file() -> Path:
    if named := os.environ.get("SONGREEL_KEYS"):
        return Path(named)
    folder = os.environ.get("SONGREEL_CONFIG")
    return (Path(folder) if folder else user_config_path("songreel")) / "keys.toml"


def _from_file(path: Path, *names: str) -> str:
    """The key in the file under the first of `names`; empty where there is no file or none."""
    try:
        with path.open("rb") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise InvalidInput(
                    f"others may read the keys in {path}; run `chmod 600 {path}` and try again"
                )
            keys = tomllib.load(file)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise InvalidInput(f"cannot read the keys in {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Without the cause: its text quotes the line, and that may be the key.
        raise InvalidInput(
            f'{path} is not TOML; it holds lines such as {names[0]} = "the key"'
        ) from None
    value = next((keys[name] for name in names if keys.get(name)), "")
    if not isinstance(value, str):
        raise InvalidInput(f'{path}: write {names[0]} = "the key", in quotes')
    return value
