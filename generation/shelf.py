"""The folder of clips: finished files with their documents, every take among them."""

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.error

from songreel.generation import jobs, letters, shelving
from songreel.models.clip import Clip, ClipRequest, Portion
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.files import sha256_of
from songreel.models.local import Effort
from songreel.models.money import Charge
from songreel.models.order import fingerprint


class Facts(NamedTuple):
    """What a video file holds."""

    frames: int
    rate: Fraction
    width: int
    height: int


class Receipt(NamedTuple):
    """How a file came to be."""

    made: datetime | None = None
    cost: Charge | None = None
    effort: Effort | None = None


class _Kept(NamedTuple):
    """A file on the shelf."""

    request: ClipRequest
    file: str
    sha256: str
    receipt: Receipt


class Shelf:
    """Clips in a folder, found by provider and fingerprint and believed by their hash alone.

    A clip is `s07-3fa9c1d2.mp4`, named by the shot it was first made for and the start of its
    request's fingerprint, with `s07-3fa9c1d2.json` beside it. Shots that show the same clip share
    the file and have a document each. Nothing is removed: a shot's documents are its takes. One
    run at a time may work in a folder.

    Raises:
        MachineError: The folder cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[tuple[str, str], _Kept] = {}
        """By provider and fingerprint."""
        self._lengths: dict[tuple[str, str], set[str]] = {}
        """Fingerprints of the requests that differ by their length alone, by provider and what
        they have in common."""
        self._documents: dict[str, Clip] = {}
        """By the stem of the file's name."""
        self._verified: set[str] = set()
        try:
            folder.mkdir(exist_ok=True)  # in a project that was moved away no remains are made
            documents = sorted(folder.glob("*.json"))
        except OSError as error:
            reason = error.strerror or error
            raise MachineError(f"cannot write {folder}: {reason}") from error
        for path in documents:
            if path.name.endswith((jobs.SUFFIX, letters.SUFFIX)) or path.suffixes[:-1]:
                continue  # what was measured of a clip is `s07-3fa9c1d2.motion.json`
            try:
                clip = Clip.load(path)
            except InvalidInput:
                continue  # not one of ours, or spoilt: its clip is made again
            self._documents[path.stem] = clip
            before = self._files.get((clip.provider, clip.request.fingerprint))
            cost = clip.cost or (before.receipt.cost if before else None)
            effort = clip.effort or (before.receipt.effort if before else None)
            receipt = Receipt(clip.made, cost, effort)
            kept = _Kept(clip.request, clip.file, clip.sha256, receipt)
            self._keep(clip.provider, kept)

    def tidy(self) -> None:
        """Remove what a crash left half-written; only for the run that works in the folder.

        Raises:
            MachineError: It cannot be removed.
        """
        shelving.tidy(self.folder)

    def find(self, provider: str, request: ClipRequest) -> Path | None:
        """The finished file for `request`, if it is whole: its bytes have the stated hash."""
        known = self._files.get((provider, request.fingerprint))
        if known is None:
            return None
        path = self._believed(known.file, known.sha256)
        if path is None:
            del self._files[provider, request.fingerprint]
        return path

    def serving(
        self, provider: str, request: ClipRequest, *, longer: bool
    ) -> tuple[ClipRequest, Path] | None:
        """The file for `request`, or else, with `longer`, one that differs by having more frames.

        Returns:
            The request of the file, and where it is.
        """
        path = self.find(provider, request)
        if path is not None:
            return request, path
        if longer:
            alike = [
                known.request
                for mark in self._lengths.get((provider, _but_for_length(request)), ())
                if (known := self._files.get((provider, mark))) is not None
                and known.request.frames > request.frames
            ]
            for other in sorted(alike, key=lambda other: other.frames):
                path = self.find(provider, other)
                if path is not None:
                    return other, path
        return None

    def made_of(self, mark: str) -> Path | None:
        """The file made of the request with the fingerprint `mark`, whoever made it."""
        for (provider, known), kept in list(self._files.items()):
            if known == mark:
                return self.find(provider, kept.request)
        return None

    def take_in(
        self,
        result: Path,
        shot: str,
        provider: str,
        request: ClipRequest,
        receipt: Receipt | None = None,
    ) -> Path:
        """Move a provider's finished file into the folder, whole or not at all.

        Raises:
            ProviderError: It is no video, or too short.
            MachineError: The disk is full or the folder cannot be written.
        """
        _check(result, shot, provider, request)
        path = self.folder / f"{_name(shot, request)}.mp4"
        sha256 = shelving.put(result, path)
        self._keep(provider, _Kept(request, path.name, sha256, receipt or Receipt()))
        self._verified.add(path.name)
        return path

    def enter(
        self,
        file: Path,
        shot: str,
        provider: str,
        portion: Portion,
        *,
        substitution: str | None,
        notes: tuple[str, ...],
        remarks: tuple[str, ...] = (),
        faults: tuple[str, ...] = (),
        model: str = "",
    ) -> Clip:
        """Write the document of `shot`'s clip, unless it stands there already.

        Raises:
            MachineError: The folder cannot be written.
        """
        request = portion.request
        kept = self._files[provider, request.fingerprint]
        facts = measure(file)
        name = _name(shot, request)
        first = file.stem == name  # the shot it was made for: what is added up is told there
        effort = kept.receipt.effort
        clip = Clip(
            request=request,
            provider=provider,
            model=model,
            file=file.name,
            sha256=kept.sha256,
            frames=facts.frames,
            rate=facts.rate,
            width=facts.width,
            height=facts.height,
            substitution=substitution,
            notes=notes,
            remarks=(*remarks, *(effort.notices if effort is not None else ())),
            faults=faults,
            cut_at=None if portion == Portion.whole(request) else portion.cut_at,
            cost=kept.receipt.cost if first else None,
            effort=effort if first else None,
            made=kept.receipt.made,
        )
        path = self.folder / f"{name}.json"
        if not (path.exists() and path.read_text(encoding="utf-8") == clip.to_json()):
            clip.save(path)
        self._documents[name] = clip
        return clip

    def known(self, shot: str, portion: Portion) -> Clip | None:
        """The document of `shot` for this portion of a clip, as it was last written."""
        clip = self._documents.get(_name(shot, portion.request))
        if clip is None or clip.begins != portion.cut_at:
            return None
        return clip if clip.request.fingerprint == portion.request.fingerprint else None

    def takes(self, shot: str) -> tuple[Clip, ...]:
        """All clips made for `shot` whose files are there, newest last."""
        found = []
        for name, clip in self._documents.items():
            if name != _name(shot, clip.request):
                continue
            try:
                when = (self.folder / Path(clip.file).name).stat().st_mtime
            except OSError:
                continue
            found.append((clip.made or datetime.fromtimestamp(when, UTC), name, clip))
        return tuple(clip for _, _, clip in sorted(found, key=lambda entry: entry[:2]))

    def find_take(self, shot: str, prefix: str) -> Clip | None:
        """The newest take of `shot` whose fingerprint begins so and whose file is whole."""
        for clip in reversed(self.takes(shot)):
            if clip.request.fingerprint.startswith(prefix) and self._believed(
                clip.file, clip.sha256
            ):
                return clip
        return None

    def _keep(self, provider: str, kept: _Kept) -> None:
        mark = kept.request.fingerprint
        self._files[provider, mark] = kept
        if kept.request.drive is not None:
            return  # it moves with the music of its own span: no other length shows the same
        self._lengths.setdefault((provider, _but_for_length(kept.request)), set()).add(mark)

    def _believed(self, name: str, sha256: str) -> Path | None:
        """The file of that name, if its bytes have the stated hash."""
        path = self.folder / name
        if name not in self._verified:
            try:
                if Path(name).name != name or sha256_of(path) != sha256:
                    return None
            except OSError:
                return None
            self._verified.add(name)
        return path


def measure(path: Path) -> Facts:
    """Count the frames of a video without decoding them.

    Raises:
        InvalidInput: It holds no video that can be read.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InvalidInput(f"{path} holds no video")
            stream = container.streams.video[0]
            frames = sum(packet.size > 0 for packet in container.demux(stream))
            rate = stream.average_rate or stream.base_rate
            if not frames or not rate:
                raise InvalidInput(f"{path} holds no frame of video")
            return Facts(frames, Fraction(rate), stream.width, stream.height)
    except (av.error.FFmpegError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read as video: {error}") from error


def _name(shot: str, request: ClipRequest) -> str:
    return f"{shot}-{request.fingerprint[:8]}"


def _but_for_length(request: ClipRequest) -> str:
    return fingerprint(request.model_dump(mode="json", exclude={"frames", "take"}))


def _check(path: Path, shot: str, provider: str, request: ClipRequest) -> None:
    try:
        facts = measure(path)
    except InvalidInput as error:
        raise ProviderError(f"shot {shot}: {error}", provider=provider) from error
    if int(facts.frames / facts.rate * request.rate) < request.frames:
        raise ProviderError(
            f"shot {shot}: the clip has {float(facts.frames / facts.rate):.2f} s, "
            f"{request.seconds:.2f} s were asked for",
            provider=provider,
        )
