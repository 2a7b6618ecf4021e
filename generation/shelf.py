"""The folder of clips: finished files with their documents, and jobs that outlive a run."""

import shutil
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.error

from songreel.models.clip import Clip, ClipRequest, Job
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.files import PARTIAL, sha256_of, whole


class Facts(NamedTuple):
    """What a video file holds."""

    frames: int
    rate: Fraction
    width: int
    height: int


class Shelf:
    """Clips in a folder, found by provider and fingerprint and believed by their hash alone.

    A clip is `s07-3fa9c1d2.mp4`, named by the shot it was first made for and the start of its
    request's fingerprint, with `s07-3fa9c1d2.json` beside it. Shots that ask for the same thing
    share the file and have a document each. One run at a time may work in a folder.

    Raises:
        MachineError: The folder cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[tuple[str, str], tuple[str, str]] = {}
        """(file, sha256) by provider and fingerprint."""
        self._verified: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for leftover in folder.glob(f"*{PARTIAL}"):
                leftover.unlink()
            documents = sorted(folder.glob("*.json"))
        except OSError as error:
            reason = error.strerror or error
            raise MachineError(f"cannot write {folder}: {reason}") from error
        for path in documents:
            if path.name.endswith(".job.json"):
                continue
            try:
                clip = Clip.load(path)
            except InvalidInput:
                continue  # not one of ours, or spoilt: its clip is made again
            self._files[clip.provider, clip.request.fingerprint] = (clip.file, clip.sha256)

    def find(self, provider: str, request: ClipRequest) -> Path | None:
        """The finished file for `request`, if it is whole: its bytes have the stated hash."""
        known = self._files.get((provider, request.fingerprint))
        if known is None:
            return None
        name, sha256 = known
        path = self.folder / name
        if name not in self._verified:
            try:
                believed = Path(name).name == name and sha256_of(path) == sha256
            except OSError:
                believed = False
            if not believed:
                del self._files[provider, request.fingerprint]
                return None
            self._verified.add(name)
        return path

    def take_in(self, result: Path, shot: str, provider: str, request: ClipRequest) -> Path:
        """Move a provider's finished file into the folder, whole or not at all.

        Raises:
            ProviderError: It is no video, or too short.
            MachineError: The disk is full or the folder cannot be written.
        """
        _check(result, shot, provider, request)
        path = self.folder / f"{_name(shot, request)}.mp4"
        with whole(path) as partial:
            try:
                result.replace(partial)
            except OSError:  # another disk
                shutil.copyfile(result, partial)
                result.unlink()
            sha256 = sha256_of(partial)
        self._files[provider, request.fingerprint] = (path.name, sha256)
        self._verified.add(path.name)
        return path

    def enter(
        self,
        file: Path,
        shot: str,
        provider: str,
        request: ClipRequest,
        *,
        substitution: str | None,
        notes: tuple[str, ...],
    ) -> Clip:
        """Write the document of `shot`'s clip, unless it stands there already.

        Raises:
            MachineError: The folder cannot be written.
        """
        facts = measure(file)
        clip = Clip(
            request=request,
            provider=provider,
            file=file.name,
            sha256=self._files[provider, request.fingerprint][1],
            frames=facts.frames,
            rate=facts.rate,
            width=facts.width,
            height=facts.height,
            substitution=substitution,
            notes=notes,
        )
        path = self.folder / f"{_name(shot, request)}.json"
        if not (path.exists() and path.read_text(encoding="utf-8") == clip.to_json()):
            clip.save(path)
        return clip

    def remember(self, job: Job, shot: str) -> None:
        """Store a job that lives outside this process, before it is first asked after.

        Raises:
            MachineError: The folder cannot be written.
        """
        with whole(self._job_file(shot, job.request)) as partial:
            partial.write_text(job.model_dump_json() + "\n", encoding="utf-8")

    def remembered(self, provider: str, shot: str, request: ClipRequest) -> Job | None:
        """The job an earlier run left under way for `request`."""
        try:
            job = Job.model_validate_json(self._job_file(shot, request).read_bytes())
        except (OSError, ValueError):
            return None
        same = job.request.fingerprint == request.fingerprint and job.provider == provider
        return job if same else None

    def forget(self, shot: str, request: ClipRequest) -> None:
        """The job has ended; its file goes."""
        self._job_file(shot, request).unlink(missing_ok=True)

    def _job_file(self, shot: str, request: ClipRequest) -> Path:
        return self.folder / f"{_name(shot, request)}.job.json"


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
