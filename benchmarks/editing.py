"""How long an edit of a long film takes: 10 minutes of song, 600 shots, a clip for each.

Run it as `python benchmarks/editing.py`; options: --seconds, --shots, --times.

The project is a folder as `songreel make` leaves it, with the document of a clip for every shot
(their files hold no picture). `cold` is the first call of a process that has imported everything;
the other rows are medians of --times calls. CPU beside wall time tells waiting for the disk: an
edit flushes nine files to it. The last column is what the row is to stay under; for edits, the
same edit as the command does it, which reads everything anew, stands below.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from songreel.desk import Desk
from songreel.editing import Editing
from songreel.grids import Grids
from songreel.hand import Cuts, Edit
from songreel.models.board import Board
from songreel.models.clip import Clip
from songreel.models.edits import (
    CorrectGrid,
    EditPrompt,
    LockShots,
    MergeShots,
    MoveCut,
    PlanEdit,
    SplitShot,
)
from songreel.models.files import sha256_of
from songreel.models.music import Analysis
from songreel.models.storyboard import Anchor, Storyboard
from songreel.project import Project
from songreel.settings import Settings
from songreel.workspace import Workspace
from support.long_films import long_project

BOARD, EDIT = 200.0, 150.0
"""Milliseconds."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--shots", type=int, default=600)
    parser.add_argument("--times", type=int, default=5)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        project = long_project(folder / "film", wish.seconds, wish.shots)
        plan = Storyboard.load(project.plan)
        workspace = Workspace(Settings.load(folder / "workspace"), "studio")
        with_clips(project, plan, workspace.settings)
        known_as = workspace.projects.note(project).id
        print(f"{len(plan.shots)} shots, {plan.track.duration:.0f} s; milliseconds")
        print(f"{'':<28}{'CPU':>7}{'wall':>7}{'limit':>7}")
        workspace.editing.board(known_as)  # imports
        boards(workspace, known_as, wish.times)
        edits(workspace.editing, known_as, wish.times)
        grids = Grids(workspace.services)
        cuts = Cuts(grids, workspace.settings)
        told("the command's lock", timed(toggled(cuts, project), 3))


def boards(workspace: Workspace, known_as: str, times: int) -> None:
    """What it takes to show a film."""
    editing = Editing(workspace)
    told("board, cold", timed(lambda: editing.board(known_as), 1), 1000.0)
    told("board", timed(lambda: editing.board(known_as), times), BOARD)
    board = editing.board(known_as)
    told("its JSON", timed(board.model_dump_json, times), BOARD)
    told("states made certain", timed(lambda: editing.board(known_as, settle=True), 1))
    media = editing.media(known_as)
    told("a small picture, drawn", timed(lambda: media[f"thumb-{board.shots[7].id}"], 1))
    told("the same again", timed(lambda: editing.media(known_as)[f"thumb-{board.shots[7].id}"], 5))


def edits(editing: Editing, known_as: str, times: int) -> None:
    """Each kind of edit, and the way back."""

    def one(make: Callable[[Board, int], PlanEdit]) -> tuple[float, float]:
        found = []
        for turn in range(times):
            board = editing.board(known_as)
            wanted = make(board, turn)
            found.append(timed(lambda w=wanted: editing.edit(known_as, [w]), 1))  # type: ignore[misc]
        return median(found)

    def inside(board: Board, turn: int) -> Anchor:
        longest = sorted(board.shots, key=lambda shot: shot.start - shot.end)[turn]
        return editing.snap(board, (longest.start + longest.end) / 2, "half")

    def moved(board: Board, turn: int) -> MoveCut:
        pairs = list(zip(board.shots, board.shots[1:], strict=False))
        before, shot = max(pairs[turn::times], key=lambda pair: pair[0].end - pair[0].start)
        return MoveCut(
            shot=shot.id, at=editing.snap(board, (before.start + before.end) / 2, "half")
        )

    def locked(board: Board, turn: int) -> LockShots:
        return LockShots(shots=(board.shots[turn].id,), locked=not board.shots[turn].locked)

    offset = CorrectGrid.model_validate({"change": {"kind": "offset", "seconds": 0.01}})
    told("lock", one(locked), EDIT)
    for turn in range(times):  # none is locked again: a locked shot is not cut
        editing.edit(known_as, [locked(editing.board(known_as), turn)])
    told("move a cut", one(moved), EDIT)
    told("split", one(lambda b, t: SplitShot(at=inside(b, t))), EDIT)
    told("merge", one(lambda b, t: MergeShots(shots=(b.shots[9 + t].id,))), EDIT)
    told("prompt", one(lambda b, t: EditPrompt(shot=b.shots[20].id, prompt=f"sea {t}")), EDIT)
    told("correct the grid", one(lambda *_: offset))
    told("undo", timed(lambda: editing.undo(known_as), times), EDIT)
    told("redo", timed(lambda: editing.redo(known_as), times), EDIT)


def toggled(cuts: Cuts, project: Project) -> Callable[[], object]:
    """Locks and unlocks the first shot by turns."""

    def toggle() -> object:
        shot = cuts.show(project.folder).shots[0]
        edit = Edit(unlock=[shot.id]) if shot.locked else Edit(lock=[shot.id])
        return cuts.edit(project.folder, edit)

    return toggle


def timed(call: Callable[[], object], times: int) -> tuple[float, float]:
    """Median milliseconds of CPU and wall."""
    found = []
    for _ in range(times):
        cpu, wall = time.process_time(), time.perf_counter()
        call()
        found.append((1000 * (time.process_time() - cpu), 1000 * (time.perf_counter() - wall)))
    return median(found)


def median(found: list[tuple[float, float]]) -> tuple[float, float]:
    """Of each."""
    return statistics.median(cpu for cpu, _ in found), statistics.median(w for _, w in found)


def told(name: str, took: tuple[float, float], limit: float | None = None) -> None:
    """Print a row; the limit is held against the CPU time, as machines are shared."""
    beside = f"{limit:7.0f}  {'ok' if took[0] <= limit else 'MISSED'}" if limit else ""
    print(f"{name:<28}{took[0]:7.0f}{took[1]:7.0f}{beside}")


def with_clips(project: Project, plan: Storyboard, settings: Settings) -> None:
    """Have the document of the clip that the plan asks for lie there for each shot."""
    song = Analysis.load(project.analysis)
    with Desk.of(settings, project, song, plan) as desk:
        planned_clips = desk.quote().planned
    for shot, request in planned_clips.items():
        stem = f"{shot}-{request.fingerprint[:8]}"
        file = project.clips / f"{stem}.mp4"
        file.write_bytes(stem.encode())
        Clip(
            request=request, provider="builtin", file=file.name, sha256=sha256_of(file),
            frames=request.frames, rate=request.rate, width=request.width, height=request.height,
        ).save(project.clips / f"{stem}.json")  # fmt: skip


if __name__ == "__main__":
    main()
