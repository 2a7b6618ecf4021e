"""Dead letters: what became of purchases that brought nothing."""

from pathlib import Path
from typing import ClassVar

from pydantic import AwareDatetime

from songreel.models.clip import ClipRequest
from songreel.models.document import Document, Frozen
from songreel.models.errors import InvalidInput
from songreel.models.money import Charge
from songreel.models.order import Order
from songreel.models.sound_request import SoundRequest

SUFFIX = ".failed.json"


class Failure(Frozen):
    """One purchase that brought nothing."""

    job: str
    """Id at the provider; empty where it gave none."""
    key: str
    """Of the reservation in the ledger."""
    reason: str
    charge: Charge | None = None
    """What it cost all the same."""
    when: AwareDatetime
    """UTC."""
    unsure: bool = False
    """Whether the service took or billed it could not be told: then the same request is not
    bought again before a person removes this letter."""


class DeadLetter(Document):
    """What was asked for and never came. It stays as history when a later run has more luck."""

    kind: ClassVar[str] = "songreel.dead-letter"
    version: ClassVar[int] = 1

    provider: str
    request: ClipRequest | SoundRequest
    failures: tuple[Failure, ...]
    """Newest last."""


class Letters:
    """The dead letters in a folder of clips or sounds, `s07-3fa9c1d2.failed.json` each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], DeadLetter] = {}
        self._places: dict[tuple[str, str], Path] = {}
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                letter = DeadLetter.load(path)
            except InvalidInput:
                continue  # spoilt, or not one of ours
            self._known[letter.provider, letter.request.fingerprint] = letter
            self._places[letter.provider, letter.request.fingerprint] = path

    def write(self, shot: str, provider: str, request: Order, failure: Failure) -> None:
        """Add `failure` to the letter of `request`.

        Raises:
            MachineError: The folder cannot be written.
        """
        key = provider, request.fingerprint
        before = self._known[key].failures if key in self._known else ()
        assert isinstance(request, ClipRequest | SoundRequest)
        letter = DeadLetter(provider=provider, request=request, failures=(*before, failure))
        name = f"{shot}-{request.fingerprint[:8]}{SUFFIX}"
        path = self._places.setdefault(key, self._folder / name)
        letter.save(path)
        self._known[key] = letter

    def unsure(self, provider: str, request: Order) -> str | None:
        """Name of the letter that says this request may have been billed already."""
        key = provider, request.fingerprint
        letter = self._known.get(key)
        if letter is None or not any(failure.unsure for failure in letter.failures):
            return None
        return self._places[key].name
