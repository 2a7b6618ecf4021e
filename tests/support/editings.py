"""A workspace with one planned project, to edit."""

from collections.abc import Sequence
from pathlib import Path

from songreel.desk import Desk
from songreel.models.clip import Clip, ClipRequest
from songreel.models.files import sha256_of
from songreel.models.music import Analysis
from songreel.models.timeline import Cut, Timeline
from songreel.project import Project
from songreel.settings import Settings
from songreel.workspace import Workspace
from support.barcodes import make_clip
from support.corrections import planned, project_of, short_song


class Bench:
    """A workspace, a project in it, and its id."""

    def __init__(self, folder: Path, analysis: Analysis | None = None) -> None:
        song = analysis or short_song()
        self.folder = folder
        self.project: Project = project_of(folder / "film", song, planned(song))
        self.settings = Settings.load(folder / "workspace")
        self.workspace = Workspace(self.settings, "studio")
        self.id = self.workspace.projects.note(self.project).id

    @property
    def editing(self):
        return self.workspace.editing

    def board(self, **how: bool):
        return self.editing.board(self.id, **how)

    def again(self) -> None:
        """As another process finds it."""
        self.workspace = Workspace(self.settings, "studio")

    def documents(self) -> dict[str, bytes]:
        """What undo and redo have to bring back, byte for byte."""
        names = ("plan.json", "analysis.json", "project.json")
        return {name: (self.project.folder / name).read_bytes() for name in names}

    def wanted(self) -> dict[str, ClipRequest]:
        """What the plan asks its source for, by shot."""
        opened = self.editing._open(self.id)
        with Desk.of(self.settings, self.project, opened.heard(), opened.planned) as desk:
            return dict(desk.quote().planned)

    def shoot(self, shot: str, request: ClipRequest, number: int) -> Clip:
        """Have a clip of barcodes lie there for a request."""
        made = make_clip(self.project.clips, number, 8, request.rate, size=(64, 64))
        name = f"{shot}-{request.fingerprint[:8]}"
        file = self.project.clips / f"{name}.mp4"
        (self.project.clips / made.file).rename(file)
        known = {"request": request, "file": file.name, "sha256": sha256_of(file)}
        clip = made.model_copy(update={**known, "provider": "builtin"})
        clip.save(self.project.clips / f"{name}.json")
        return clip

    def cut(self, clips: Sequence[Clip]) -> None:
        """Have a film's timeline lie there that shows one clip after the other, 8 frames each."""
        shots = self.editing._open(self.id).planned.shots
        Timeline(
            rate=clips[0].rate,
            width=64,
            height=64,
            frames=8 * len(clips),
            beat_locked=True,
            cuts=tuple(
                Cut(
                    shot=shot.id, start=8 * i, end=8 * i + 8, target=0.0, reason=shot.reason,
                    clip=f"clips/{clip.file}", clip_sha256=clip.sha256, source=0,
                )
                for i, (shot, clip) in enumerate(zip(shots, clips, strict=False))
            ),
        ).save(self.project.timeline)  # fmt: skip
