"""Work that gives files of a film that is there."""

from collections.abc import Sequence
from pathlib import Path

from songreel.assembly.summary import verdict
from songreel.deliveries import Deliveries, ExportChoices, PreviewChoices, Written
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.work_files import (
    ContactSheet,
    Excerpt,
    Export,
    Formats,
    Loop,
    Preview,
    Report,
    ShowScene,
)
from songreel.project import Project
from songreel.queue.bench import GIVEN, Bench, Result, free_name, made, strings
from songreel.versions import Version, Versions

EXPORTS = "exports"
"""Folder of a project for what other programs read."""
_CAPTIONS = ("srt", "vtt", "lrc")
_HEARD = ("clicks.wav", "page.html", "heard.png")


def report(bench: Bench, work: Report) -> Result:  # noqa: ARG001 (every work is done with it)
    """Measure a film again."""
    project = bench.project()
    measured = bench.services.report(project.folder, bench.tell.progress)
    return {
        "verdict": verdict(measured), "ok": measured.ok, "notices": [*measured.notices],
        "files": [bench.file_in(project, project.page)],
    }  # fmt: skip


def preview(bench: Bench, work: Preview) -> Result:
    """The plan as an animatic; the one before is replaced."""
    project = bench.project()
    choices = PreviewChoices(beeps=work.beeps, force=True)
    written = Deliveries(bench.services).preview(project.folder, None, choices, bench.tell.progress)
    return _told(bench, project, written)


def contact_sheet(bench: Bench, work: ContactSheet) -> Result:
    """All shots on one sheet."""
    project = bench.project()
    stem = f"{project.state.title} contact sheet"
    path = free_name(made(project.folder / EXPORTS), stem, f".{work.form}")
    written = Deliveries(bench.services).contact_sheet(
        project.folder, path, progress=bench.tell.progress
    )
    return _told(bench, project, written, stem)


def export(bench: Bench, work: Export) -> Result:
    """The edit, the music and the words for other programs."""
    from songreel.outputs import outputs
    from songreel.planning import planned
    from songreel.wording import export as write_captions

    project, tell = bench.project(), bench.tell.progress
    folder, title = made(project.folder / EXPORTS), project.state.title
    forms = tuple(dict.fromkeys(work.forms))
    paths = {form: free_name(folder, title, f".{form}") for form in forms}
    of_plan = [paths[form] for form in forms if form in _CAPTIONS]
    clicks, page, plot = paths.get("clicks.wav"), paths.get("page.html"), paths.get("heard.png")
    rest = [str(paths[form]) for form in forms if form not in _CAPTIONS and form not in _HEARD]
    files: list[Path] = []
    notices: tuple[str, ...] = ()
    if of_plan:
        write_captions(planned(project), tuple(of_plan), force=False)
        files += of_plan
    if rest:
        choices = ExportChoices(work.beats, work.relative, work.drop_frame)
        written = Deliveries(bench.services).export(project.folder, rest, choices, tell)
        files += written.files
        notices = written.notices
    if clicks or page or plot:
        wanted = outputs(project.song, clicks=clicks, page=page, plot=plot)
        with bench.services.opened(project.folder, tell) as (_, sound, analysis, _):
            files += wanted.write(analysis, lambda: sound, tell)
    return _told(bench, project, Written(tuple(files), notices), title)


def formats(bench: Bench, work: Formats) -> Result:
    """The film in other shapes."""
    project = bench.project()
    made = Versions(bench.services).formats(
        project.folder, work.aspects, work.size, bench.tell.progress
    )
    return _versions(bench, project, made)


def excerpt(bench: Bench, work: Excerpt) -> Result:
    """The best stretches of a film."""
    project, versions, tell = bench.project(), Versions(bench.services), bench.tell.progress
    if work.only_list:
        found = versions.windows(
            project.folder, work.seconds, at=work.at, count=max(work.count, 3), progress=tell
        )
        return {
            "windows": [
                {"start": w.start, "end": w.end, "score": w.score, "reasons": [*w.reasons]}
                for w in found
            ]
        }
    made = versions.excerpts(
        project.folder, work.seconds, at=work.at, count=work.count, aspect=work.aspect,
        size=work.size, progress=tell,
    )  # fmt: skip
    return _versions(bench, project, made)


def loop(bench: Bench, work: Loop) -> Result:
    """A few bars that lead back into themselves."""
    if work.least > work.most:
        raise InvalidInput(f"no loop is from {work.least:g} to {work.most:g} s long")
    project = bench.project()
    made = Versions(bench.services).loop(
        project.folder, (work.least, work.most), at=work.at, aspect=work.aspect, size=work.size,
        mute=work.silent, progress=bench.tell.progress,
    )  # fmt: skip
    return _versions(bench, project, (made,))


def show_scene(bench: Bench, work: ShowScene) -> Result:
    """A sheet and a clip of a built-in scene."""
    from songreel.scene_wish import Wish
    from songreel.visuals import Visuals

    song = bench.project().song if work.project is not None else None
    wish = Wish(
        looks=work.looks, energy=work.energy, section=work.section, seed=work.seed,
        camera=work.camera, framing=work.framing, settings=work.settings, words=work.words,
        prompt=work.prompt, song=song, at=work.at, aspect=work.aspect, size=work.size,
    )  # fmt: skip
    folder = made(bench.folder / GIVEN / "scene")
    shown = Visuals(bench.settings).preview(
        work.scene, folder, wish, force=True, progress=bench.tell.progress
    )
    return {
        "scene": shown.scene, "start": shown.start,
        "files": [bench.loose(shown.sheet), bench.loose(shown.clip)],
    }  # fmt: skip


def _told(bench: Bench, project: Project, written: Written, stem: str = "") -> Result:
    """Files of a project; one that is as it was before is told by its first name."""
    files = [_first(path, stem) if stem else path for path in written.files]
    return {
        "files": [bench.file_in(project, path) for path in files], "notices": [*written.notices],
    }  # fmt: skip


def _first(path: Path, stem: str) -> Path:
    """`path`, or a file of before with the same content, in whose favour it is taken away."""
    ending = path.name.removeprefix(stem).lstrip(" 0123456789")
    number = 1
    while True:
        before = path.with_name(f"{stem}{ending}" if number == 1 else f"{stem} {number}{ending}")
        if before == path or not before.is_file():
            return path
        if sha256_of(before) == sha256_of(path):
            path.unlink()
            return before
        number += 1


def _versions(bench: Bench, project: Project, made: Sequence[Version]) -> Result:
    rows: list[Result] = []
    for version in made:
        paths = ("video", "report", "replaced")
        row = {name: value for name, value in version.row().items() if name not in paths}
        told = bench.file_in(project, version.video) | strings(row)
        if version.page is not None:
            told["report"] = bench.file_in(project, version.page)["file"]
        rows.append(told | {"verdict": verdict(version.report)})
    return {"files": [*rows]}
