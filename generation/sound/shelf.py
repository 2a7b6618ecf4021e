"""The folder of sounds: finished files with their documents."""

from pathlib import Path
from typing import NamedTuple

from songreel.generation import jobs, letters, shelving
from songreel.generation.shelf import Receipt
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.files import sha256_of
from songreel.models.sound_request import SoundRequest, SoundTake
from songreel.sound.pcm import Facts, measure

SUFFIXES = {
    b"RIFF": ".wav", b"fLaC": ".flac", b"ID3": ".mp3", b"\xff\xfb": ".mp3", b"OggS": ".ogg",
}  # fmt: skip
"""By a file's first bytes; what has `ftyp` after four bytes is MP4."""

SHORT = {"music": 0.05, "effects": 1.0}
"""Seconds by which a file may be shorter than ordered. A codec works in frames: AAC's last one
lasts 0.02 s, MP3's 0.03 s, and either may be cut. Effects that end early are told and faded out;
what was paid for is not thrown away for it. Never more than a tenth."""


class _Taken(NamedTuple):
    """What is known of a file that was taken in and has no document yet."""

    facts: Facts
    sha256: str
    receipt: Receipt


class SoundShelf:
    """Sounds in a folder, found by source and fingerprint and believed by their hash alone.

    A sound is `s03-3fa9c1d2.wav`, named by its label and the start of its request's fingerprint,
    with `s03-3fa9c1d2.json` beside it. Nothing is removed. One run at a time may work in a folder.

    Raises:
        MachineError: The folder cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._takes: dict[tuple[str, str], SoundTake] = {}
        self._believed: dict[tuple[str, str], bool] = {}
        self._taken: dict[tuple[str, str], _Taken] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            documents = sorted(folder.glob("*.json"))
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
        for path in documents:
            if path.name.endswith((jobs.SUFFIX, letters.SUFFIX)):
                continue
            try:
                take = SoundTake.load(path)
            except InvalidInput:
                continue  # not one of ours, or spoilt: it is made again
            self._takes[take.provider, take.request.fingerprint] = take

    def tidy(self) -> None:
        """Remove what a crash left half-written; only for the run that works in the folder.

        Raises:
            MachineError: It cannot be removed.
        """
        shelving.tidy(self.folder)

    def find(self, provider: str, request: SoundRequest) -> SoundTake | None:
        """The finished take of `request`, if its file is whole: its bytes have the stated hash."""
        key = provider, request.fingerprint
        take = self._takes.get(key)
        if take is None:
            return None
        if key not in self._believed:
            path = self.folder / take.file
            try:
                whole_file = Path(take.file).name == take.file and sha256_of(path) == take.sha256
            except OSError:
                whole_file = False
            self._believed[key] = whole_file
        return take if self._believed[key] else None

    def take_in(
        self, result: Path, label: str, provider: str, request: SoundRequest, receipt: Receipt, /
    ) -> Path:
        """Move a finished file into the folder, whole or not at all.

        Raises:
            ProviderError: It holds no sound, or less than was ordered.
            MachineError: The disk is full or the folder cannot be written.
        """
        facts = _check(result, label, provider, request)
        path = self.folder / f"{_stem(label, request)}{_suffix(result)}"
        sha256 = shelving.put(result, path)
        self._taken[provider, request.fingerprint] = _Taken(facts, sha256, receipt)
        return path

    def enter(
        self, file: Path, label: str, provider: str, request: SoundRequest, notes: tuple[str, ...]
    ) -> SoundTake:
        """Write the document of a file that was just taken in.

        Raises:
            MachineError: The folder cannot be written.
        """
        key = provider, request.fingerprint
        facts, sha256, receipt = self._taken[key]
        take = SoundTake(
            request=request,
            provider=provider,
            file=file.name,
            sha256=sha256,
            samples=facts.samples,
            rate=facts.rate,
            channels=facts.channels,
            notes=notes,
            cost=receipt.cost,
            effort=receipt.effort,
            made=receipt.made,
        )
        take.save(self.folder / f"{_stem(label, request)}.json")
        self._takes[key], self._believed[key] = take, True
        return take


def _stem(label: str, request: SoundRequest) -> str:
    return f"{label}-{request.fingerprint[:8]}"


def _suffix(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    for mark, suffix in SUFFIXES.items():
        if head.startswith(mark):
            return suffix
    return ".mp4" if head[4:8] == b"ftyp" else path.suffix or ".audio"


def _check(result: Path, label: str, provider: str, request: SoundRequest) -> Facts:
    try:
        facts = measure(result)
    except InvalidInput as error:
        raise ProviderError(
            f"{provider} delivered no sound for {label}: {error}", provider=provider
        ) from error
    missing = request.total - facts.samples / facts.rate
    if missing > max(SHORT["music"], min(SHORT[request.task], 0.1 * request.total)):
        raise ProviderError(
            f"{provider} delivered {facts.samples / facts.rate:.2f} s for {label}, "
            f"{request.total:.2f} s were asked for",
            provider=provider,
        )
    return facts
