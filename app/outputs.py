"""Files that an analysis is written to, refused before a song is heard: `Outputs`."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.progress import Progress

if TYPE_CHECKING:
    from songreel.models.music import Analysis
    from songreel.models.sound import Sound

_ELSEWHERE = {
    ".wav": "--clicks", ".flac": "--clicks", ".html": "--page", ".htm": "--page",
    ".png": "--plot", ".svg": "--plot", ".pdf": "--plot",
}  # fmt: skip


@dataclass(frozen=True)
class Outputs:
    """What is to be written, checked."""

    exports: tuple[Path, ...] = ()
    """Data for other tools; the endings say which."""
    clicks: Path | None = None
    page: Path | None = None
    plot: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.exports, *(path for path in (self.clicks, self.page, self.plot) if path))

    def write(
        self, analysis: "Analysis", opened: Callable[[], "Sound"], progress: Progress
    ) -> Iterator[Path]:
        """Write them one after the other; each is given out when it is there.

        The song is opened where a file needs its samples and not before.
        """
        if self.exports:
            from songreel.analysis.exports.formats import export

            progress("exporting", 0.0)
            for path in self.exports:
                export(analysis, path)
                yield path
        if self.clicks is not None:
            from songreel.analysis.clicks import write_clicks

            progress("clicking along", 0.0)
            write_clicks(analysis, opened(), self.clicks)
            yield self.clicks
        if self.page is not None:
            from songreel.analysis.page.write import write_page

            progress("writing the page", 0.0)
            write_page(analysis, opened(), self.page)
            yield self.page
        if self.plot is not None:
            from songreel.analysis.plots import plot

            progress("drawing", 0.0)
            plot(analysis, opened(), self.plot)
            yield self.plot


def outputs(
    song: Path,
    *,
    exports: Sequence[str] = (),
    clicks: Path | None = None,
    page: Path | None = None,
    plot: Path | None = None,
    force: bool = False,
) -> Outputs:
    """Check everything that can be known before the song is heard.

    Args:
        song: It is never written over.
        exports: Names of files, or folders (that exist, or end in a slash) for one of each kind.
        clicks: .wav or .flac.
        page: .html.
        plot: .png, .svg or .pdf.
        force: Replace files that exist.

    Raises:
        InvalidInput: A name that says nothing, a file that exists, no folder, a name twice.
        MachineError: The folder cannot be written.
    """
    if clicks is not None:
        from songreel.analysis.clicks import checked as _checked_clicks

        _checked_clicks(clicks)
    if page is not None:
        from songreel.analysis.page.write import checked as _checked_page

        _checked_page(page)
    if plot is not None:
        from songreel.analysis.plots import checked as _checked_plot

        _checked_plot(plot)
    files = [path for name in exports for path in _exported(name, song)]
    wanted = Outputs(tuple(files), clicks, page, plot)
    seen: set[Path] = set()
    for path in wanted.files:
        if path.absolute() in seen:
            raise InvalidInput(f"{path} is asked for twice; give each file a name of its own")
        seen.add(path.absolute())
        if song.exists() and path.exists() and path.samefile(song):
            raise InvalidInput(f"{path} is the song itself; choose another name")
        _writable(path)
        free(path, force)
    return wanted


def free(path: Path, force: bool) -> None:
    """Refuse to replace a file unasked.

    Raises:
        InvalidInput: It exists, and `force` is not given, or it is a folder.
    """
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder; give the name of a file")
    if path.exists() and not force:
        raise InvalidInput(f"{path} exists; choose another name, or add --force to replace it")


def _exported(name: str, song: Path) -> list[Path]:
    from songreel.analysis.exports.formats import all_names, ending_of

    path = Path(name)
    if name.endswith(("/", os.sep)) or path.is_dir():
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise MachineError(
                f"cannot make the folder {path}: {error.strerror or error}"
            ) from error
        return all_names(path, song.stem)
    option = _ELSEWHERE.get(path.suffix.lower())
    if option is not None:
        raise InvalidInput(f"--export writes no {path.suffix}: use {option} {name}")
    ending_of(path)
    return [path]


def _writable(path: Path) -> None:
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {path.parent} to write {path.name} in")
    if not os.access(path.parent, os.W_OK):
        raise MachineError(f"cannot write in the folder {path.parent}: permission denied")
