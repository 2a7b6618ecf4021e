"""What the plan of a film without a song was made from: `ScoredFilm`."""

from pathlib import Path
from typing import ClassVar

from songreel.models.clip import Sha256
from songreel.models.document import Document
from songreel.models.storyboard import Storyboard


class ScoredFilm(Document):
    """`score/film.json` in a project: what its plan was made from."""

    kind: ClassVar[str] = "songreel.scored-film"
    version: ClassVar[int] = 1

    basis: Sha256
    """Of scenes, images and music."""
    scenes: Sha256
    """Of scenes and images alone."""
    plan: Sha256
    """Of `plan.json` as it was written."""
    sound: str = ""
    """What every picture sounds like, for `foley`."""
    sounds: tuple[str, ...] = ()
    """What each scene sounds like, in their order; empty where what is seen says it."""

    def heard_in(self, storyboard: Storyboard) -> dict[str, str]:
        """What a person says that shots sound like, by shot."""
        return {
            shot.id: self.sounds[shot.section]
            for shot in storyboard.shots
            if shot.section < len(self.sounds) and self.sounds[shot.section]
        }


def film_file(project: Path) -> Path:
    """Where a project keeps it; there is none in the film of a song."""
    return project / "score" / "film.json"
