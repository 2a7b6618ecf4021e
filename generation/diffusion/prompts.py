"""Encoded prompts, kept in memory and on disk: `Prompts`."""

import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from songreel.generation.diffusion.family import Ask, Embeds
from songreel.models.errors import MachineError
from songreel.models.files import whole
from songreel.models.order import fingerprint

IN_MEMORY = 64
"""Prompts kept in memory; the largest, of 512 tokens of 4096 floats, has 8 MB with its negative."""

ON_DISK = 2 * 1024**3
"""Bytes of prompts on disk; the ones that were not used for longest go."""


class Prompts:
    """What prompts were encoded to by one model's text encoders.

    Args:
        folder: Where they are kept; None: in memory alone.
        model: What decides the embeddings beside the words: weights, their storage, the
            families' code. LoRAs lie on denoisers alone.
    """

    def __init__(self, folder: Path | None, *model: str) -> None:
        self._folder, self._model = folder, model
        self._known: OrderedDict[str, Embeds] = OrderedDict()

    def encoded(self, ask: Ask, encode: Callable[[], Embeds]) -> Embeds:
        """The embeddings of `ask`; `encode` is called where they are not known."""
        key = self._key(ask)
        found = self._known.get(key)
        if found is None:
            found = self._read(key)
        if found is None:
            found = encode()
            self._write(key, found)
        self._known[key] = found
        self._known.move_to_end(key)
        while len(self._known) > IN_MEMORY:
            self._known.popitem(last=False)
        return found

    def _key(self, ask: Ask) -> str:
        # Some families let a picture into the embeddings; whether there is guidance decides
        # whether the negative prompt is encoded at all.
        pictures = [
            [image.size, fingerprint(image.tobytes().hex())] if image is not None else None
            for image in (ask.start, ask.end)
        ]
        return fingerprint([*self._model, ask.prompt, ask.negative, ask.guidance > 1, pictures])

    def _file(self, key: str) -> Path | None:
        return None if self._folder is None else self._folder / f"{key}.safetensors"

    def _read(self, key: str) -> Embeds | None:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = self._file(key)
        if path is None or not path.is_file():
            return None
        try:
            found: Embeds = load_file(path)
            os.utime(path)
        except (OSError, SafetensorError):
            return None  # spoilt: it is encoded again
        return found

    def _write(self, key: str, embeds: Embeds) -> None:
        """Keep `embeds`; a full disk is no reason to make no clip."""
        from safetensors.torch import save_file

        path = self._file(key)
        if path is None:
            return
        with suppress(OSError, MachineError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole(path, lasting=False) as partial:
                save_file({name: each.contiguous() for name, each in embeds.items()}, partial)
            bound(path.parent, ON_DISK)


def bound(folder: Path, most: int) -> None:
    """Remove what was not used for longest until `folder` holds at most `most` bytes."""
    held = sorted(
        ((stat.st_mtime, stat.st_size, path) for path in folder.glob("*.safetensors")
         if (stat := path.stat())),
        reverse=True,
    )  # fmt: skip
    total = 0
    for _, size, path in held:
        total += size
        if total > most:
            path.unlink(missing_ok=True)
