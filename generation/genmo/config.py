"""Where Genmo's package and its weights are: `Config`, `read`."""

import hashlib
import os
import tomllib
from pathlib import Path

from platformdirs import user_config_path

from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

PYTHON = "SONGREEL_GENMO_PYTHON"
WEIGHTS = "SONGREEL_GENMO_WEIGHTS"
T5 = "SONGREEL_GENMO_T5"
FILES = ("dit.safetensors", "decoder.safetensors")
"""As Genmo's `scripts/download_weights.py` leaves them."""

_SAMPLES, _SAMPLE = 64, 1 << 16
"""How many stretches of a weights file are hashed, and their bytes: reading 40 GB takes a minute;
4 MiB evenly out of it tell two trainings of one network apart."""


class Config(Frozen):
    """What the user has said of Genmo's environment."""

    python: Path
    """The Python of the environment that the package is installed in."""
    weights: Path
    """Folder with `dit.safetensors` and `decoder.safetensors`."""
    t5: str = ""
    """Folder with the text encoder; empty: the package fetches `google/t5-v1_1-xxl` itself."""

    def check(self) -> None:
        """Refuse what is surely not there.

        Raises:
            InvalidInput: With the way out.
        """
        if not self.python.is_file() or not os.access(self.python, os.X_OK):
            raise InvalidInput(
                f"genmo: {self.python} is no program; set {PYTHON} to the Python of the "
                "environment that Genmo's package is installed in"
            )
        if lacking := [name for name in FILES if not (self.weights / name).is_file()]:
            raise InvalidInput(
                f"genmo: the folder {self.weights} has no {' and no '.join(lacking)}; Genmo's "
                f"`scripts/download_weights.py FOLDER` fetches them, then set {WEIGHTS} to it"
            )
        if self.t5 and not Path(self.t5).is_dir():
            raise InvalidInput(
                f"genmo: there is no folder {self.t5} with the text encoder; mend {T5}, or leave "
                "it out to have Genmo's package fetch it"
            )

    def mark(self) -> str:
        """Which weights these are, by samples of the files' bytes; 12 hex digits.

        Raises:
            InvalidInput: A file cannot be read.
        """
        digest = hashlib.sha256()
        for name in FILES:
            _sample(self.weights / name, digest)
        return digest.hexdigest()[:12]


def mark_of(path: Path) -> str:
    """Which file this is, by samples of its bytes; 12 hex digits.

    Raises:
        InvalidInput: It cannot be read.
    """
    digest = hashlib.sha256()
    _sample(path, digest)
    return digest.hexdigest()[:12]


def read(weights: str = "") -> Config:
    """What is said in the environment, else in `genmo.toml` of the user's configuration folder.

    The file has the lines `python = "…"`, `weights = "…"` and, if wanted, `t5 = "…"`; relative
    paths are seen from the file's folder.

    Args:
        weights: A folder that was named for this run; it goes first.

    Raises:
        InvalidInput: Something is not said, or the file is spoilt.
    """
    folder = os.environ.get("SONGREEL_CONFIG")
    file = (Path(folder) if folder else user_config_path("songreel")) / "genmo.toml"
    told = _from_file(file)
    python = os.environ.get(PYTHON) or told.get("python", "")
    weights = weights or os.environ.get(WEIGHTS) or told.get("weights", "")
    if not python or not weights:
        variable, what = (
            (PYTHON, "the Python of the environment that it is installed in")
            if not python
            else (WEIGHTS, "the folder with its weights")
        )
        raise InvalidInput(
            f"Genmo's own package is not set up; set {variable} to {what}, or write it into {file}"
        )
    t5 = os.environ.get(T5) or told.get("t5", "")
    return Config(
        # An environment's Python is a link; resolved, it would be the one that made it.
        python=Path(python).expanduser().absolute(),
        weights=Path(weights).expanduser().absolute(),
        t5=str(Path(t5).expanduser().absolute()) if t5 else "",
    )


def _from_file(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read {file}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{file} is not TOML: {error}") from error
    for name, value in table.items():
        if name not in ("python", "weights", "t5") or not isinstance(value, str):
            raise InvalidInput(
                f'{file}: {name} = {value!r} is not known; it has python, weights and t5, each "…"'
            )
    return {name: str(file.parent / Path(value).expanduser()) for name, value in table.items()}


def _sample(path: Path, digest: "hashlib._Hash") -> None:
    try:
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\0".encode())
        with path.open("rb") as file:
            for index in range(_SAMPLES):
                file.seek(max(0, size - _SAMPLE) * index // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE))
    except OSError as error:
        raise InvalidInput(f"cannot read the weights {path}: {error.strerror}") from error
