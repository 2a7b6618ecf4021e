"""A long project for pages: ten minutes of song, hundreds of shots, made without hearing it."""

from pathlib import Path

from songreel.models.files import sha256_of
from songreel.models.music import Analysis
from songreel.models.storyboard import Anchor, Storyboard
from songreel.project import Project
from songreel.prompting import hand
from songreel.prompting.looks import find_book
from songreel.prompting.plan import plan
from songreel.prompting.styles import find_style
from support.analyses import EDM, Score, write
from support.studio import song

BPM = 128.0


def long_project(folder: Path, seconds: float = 600.0, shots: int = 600) -> Project:
    """A planned project in `folder` whose song lasts about `seconds` and whose film has `shots`."""
    bars = sum(part.bars for part in EDM)
    times = max(1, round(seconds * BPM / 60 / 4 / bars))
    analysis = write(Score(EDM * times, bpm=BPM, title="long"))
    sound = song(folder.parent / "long.wav", seconds=analysis.track.duration, bpm=BPM)
    sha256 = sha256_of(sound)
    track = analysis.track.model_copy(update={"sha256": sha256, "file": sound.name})
    analysis = Analysis.model_validate(analysis.model_copy(update={"track": track}).model_dump())
    project = Project.start(folder, sound, sha256)
    analysis.save(project.analysis)
    name, book = find_book("neon-night", None)
    board = plan(analysis, book.look(name), style=find_style("hyper", None), book=book)
    _divided(board, shots).save(project.plan)
    return project


def _divided(board: Storyboard, shots: int) -> Storyboard:
    """The longest shots split in their middle beat until there are `shots`."""
    while len(board.shots) < shots:
        spans = sorted(board.spans, key=lambda span: span[0] - span[1])
        for start, end in spans[: max(1, min(len(spans), shots - len(board.shots)))]:
            middle = Anchor.on_grid(board.grid, board.grid.nearest((start + end) / 2))
            if start + 0.2 < middle.resolve(board.grid) < end - 0.2:
                board = hand.split(board, middle)[0]
    return board
