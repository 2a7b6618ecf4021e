"""What work wishes, as the services take it: the same as the command's options come to."""

from pathlib import Path, PurePosixPath

from songreel.local import Wishes, local_changes
from songreel.models.errors import InvalidInput
from songreel.models.names import fit_name
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import parse_rate, rate_name
from songreel.models.work_wishes import Ears, LocalWishes, Output, Pictures, Planning
from songreel.planning import Direction
from songreel.project import Project
from songreel.queue.bench import Bench, fetched
from songreel.queue.footage import put_footage
from songreel.wording import Wording


def direction_of(bench: Bench, planning: Planning, project: Project | None) -> Direction:
    """How to plan.

    Args:
        bench: Of the job; lyrics become a file there.
        planning: What is wished.
        project: Keeps the font, which the film needs whenever it is cut; None: the job does.
    """
    font: Path | None = None
    if planning.caption_font is not None:
        sha = planning.caption_font
        folder = (project.folder if project is not None else bench.folder) / "fonts"
        name = fit_name(bench.workspace.assets.get(sha).name)
        font = fetched(bench.workspace, sha, folder, name)
    lyrics: Path | None = None
    if planning.lyrics is not None:
        lyrics = bench.text(planning.lyrics, planning.lyrics_name)
    words = Wording(
        planning.captions, planning.karaoke, planning.caption_size, planning.caption_place, font,
        planning.title, planning.artist, planning.end_card,
    )  # fmt: skip
    return Direction(
        planning.look, planning.style, planning.seed, planning.dialect, lyrics, planning.writer,
        planning.effects, words, planning.density, planning.shortest, planning.longest,
    )  # fmt: skip


def changes_of(
    bench: Bench,
    project: Project,
    output: Output,
    pictures: Pictures,
    ears: Ears | None = None,
) -> dict[str, object]:
    """Fields of the project's document to set.

    Raises:
        InvalidInput: A wish cannot be met.
    """
    from songreel.grade import grade_of

    spec = project.state.spec if project.file.is_file() else RenderSpec()
    rate = parse_rate(output.rate or rate_name(spec.rate))
    changes: dict[str, object] = {
        "spec": spec.over(output.aspect, output.size, rate, output.format)
    }
    if pictures.footage:
        changes |= {"footage": str(put_footage(bench, project, pictures.footage)),
                    "visuals": "footage"}  # fmt: skip
    if pictures.visuals is not None:
        changes["visuals"] = pictures.visuals
    if pictures.stand_ins is not None:
        changes["stand_ins"] = pictures.stand_ins
    if pictures.grade is not None:
        grade_of(pictures.grade)
        changes["grade"] = pictures.grade
    for name in ("tracker", "octave"):
        if (value := getattr(ears, name, None)) is not None:
            changes[name] = value
    return changes | local_changes(
        project.folder, local_of(pictures.local), bench.settings, changes.get("visuals"),
        *(pictures.stand_ins or ()),
    )  # fmt: skip


def local_of(local: LocalWishes | None) -> Wishes:
    """Wishes for models on this machine."""
    if local is None:
        return Wishes()
    loras = local.loras
    return Wishes(
        placement=local.placement,
        devices=local.devices,
        loras=None if loras is None else tuple(f"{each.id}:{each.scale:g}" for each in loras),
        weights=local.weights,
        steps=local.steps,
        guidance=local.guidance,
        side=local.side,
        approximate=local.approximate,
        as_released=local.as_released,
    )


def plan_of(bench: Bench, sha256: str | None) -> Path | None:
    """A plan that was uploaded, as a file.

    Raises:
        InvalidInput: It is none, or names files outside of its project: what a plan shows was
            uploaded too.
    """
    if sha256 is None:
        return None
    path = bench.given(sha256, "plan")
    plan = Storyboard.load(path)
    font = plan.captions.font if plan.captions is not None else None
    if font is not None:
        raise InvalidInput(f"{path.name} names a font file; choose the font with caption_font")
    for shot in plan.shots:
        for image in (shot.start_image, shot.end_image, *shot.references):
            if image is not None and not _inside(image):
                raise InvalidInput(
                    f"{path.name}, shot {shot.id}: the image {image} lies outside of the project; "
                    "name one in it, such as stills/NAME"
                )
    return path


def _inside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and ":" not in name and name[:1] != "~"
