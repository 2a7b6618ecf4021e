"""Work that makes films: heard, planned, filmed, cut, taken again."""

from dataclasses import replace
from typing import Any

from songreel.assembly.summary import verdict
from songreel.ears import Ears, agree, there_is, uncorrected
from songreel.film import Film
from songreel.grids import heard_and_corrected
from songreel.local import keep
from songreel.models.found import Found
from songreel.models.music import Analysis
from songreel.models.names import fit_name
from songreel.models.progress import Progress
from songreel.models.work import (
    Assemble,
    Budget,
    Generate,
    Hear,
    Make,
    Pairs,
    Plan,
    Retake,
)
from songreel.planning import project_plan
from songreel.project import Project
from songreel.queue.agreement import Agreement
from songreel.queue.bench import Bench, Result, fetched, made, strings
from songreel.queue.wishes import changes_of, direction_of, local_of, plan_of


def hear(bench: Bench, work: Hear) -> Result:
    """Hear a project's song."""
    project, tell = bench.project(), bench.tell.progress
    changes = {k: v for k in ("tracker", "octave") if (v := getattr(work, k)) is not None}
    there_is(changes)
    with project.held():
        uncorrected(project, changes)
        agree(project, changes)
        project.change(**changes)
        analysis = _heard(bench, project, tell, bench.tell.found)
    told = _told_of(analysis)
    if work.tagger is not None:
        tagged = bench.services.analyze(project.song, tell, _ears(project, tagger=work.tagger))
        told["tags"] = [tag.model_dump(mode="json") for tag in tagged.tags]
    return told


def plan(bench: Bench, work: Plan) -> Result:
    """Plan a film as `songreel make` does, and stop there."""
    from songreel.desk import sources_exist

    project, tell = bench.project(), bench.tell.progress
    given = plan_of(bench, work.plan)
    changes = changes_of(bench, project, work.output, work, work)
    direction = direction_of(bench, work.planning, project)
    sources_exist(changes, bench.settings)
    there_is(changes)
    with project.held():
        uncorrected(project, changes)
        if given is None and not work.replan:
            agree(project, changes)
        project.change(**changes)
        analysis = _heard(bench, project, tell, bench.tell.found)
        tell("planning the cuts", 0.0)
        storyboard = project_plan(
            project, analysis, direction, given, work.replan, bench.settings, tell
        )
    return {
        "shots": len(storyboard.shots), "look": storyboard.look.name, "style": storyboard.style,
        "seed": storyboard.seed, "notices": [*storyboard.notices],
    }  # fmt: skip


def make(bench: Bench, work: Make) -> Result:
    """The whole way to a film."""
    project, tell = bench.project(), bench.tell.progress
    given = plan_of(bench, work.plan)
    changes = changes_of(bench, project, work.output, work, work)
    direction = direction_of(bench, work.planning, project)
    agreement = Agreement(bench, work, work.retakes)
    if not project.analysis.is_file():
        # A person looks on: each part is shown as it is heard, and `make` reads it back.
        ears = _ears(project, **{k: v for k in ("tracker", "octave") if (v := changes.get(k))})
        bench.services.hear(bench.services.sound(project.song, tell), tell, ears, bench.tell.found)
    film = bench.services.make(
        project.song, project.folder, direction=direction, changes=changes, plan=given,
        replan=work.replan, spending=agreement.spending, progress=tell,
    )  # fmt: skip
    return told_of_film(film, agreement)


def generate(bench: Bench, work: Generate) -> Result:
    """Make the clips that are missing."""
    project, agreement = bench.project(), Agreement(bench, work, work.retakes)
    keep(project.folder, local_of(work.local), bench.settings)
    clips = bench.services.generate(project.folder, agreement.spending, bench.tell.progress)
    return {
        "clips": len(clips),
        "substitutions": [
            f"{shot}: {clip.substitution}" for shot, clip in clips.items() if clip.substitution
        ],
        "notices": [*agreement.bounds],
    }


def assemble(bench: Bench, work: Assemble) -> Result:
    """Cut a film."""
    project, agreement = bench.project(), Agreement(bench, work, work.retakes)
    changes = changes_of(bench, project, work.output, work)
    film = bench.services.assemble(project.folder, changes, agreement.spending, bench.tell.progress)
    return told_of_film(film, agreement)


def retake(bench: Bench, work: Retake) -> Result:
    """One new clip for one shot."""
    from songreel.takes import Change

    project, agreement = bench.project(), Agreement(bench, work, work.retakes)
    keep(project.folder, local_of(work.local), bench.settings, work.source)
    film = bench.services.retake(
        project.folder, work.shot, Change(work.prompt, work.seed, work.source),
        agreement.spending, bench.tell.progress,
    )  # fmt: skip
    return told_of_film(film, agreement)


def pairs(bench: Bench, work: Pairs) -> Result:
    """Start and end images for shots, from photos."""
    project = bench.project()
    folder = made(bench.folder / "given" / "photos")
    for sha in work.photos:
        name = fit_name(bench.workspace.assets.get(sha).name)
        fetched(bench.workspace, sha, folder, name)
    chosen = bench.services.pairs(
        project.folder, folder, count=work.count, shots=work.shots, keep_plan=work.only_show,
        progress=bench.tell.progress,
    )  # fmt: skip
    return {
        "pairs": [
            {"shot": each.shot, "start": each.start.file, "end": each.end.file,
             "score": round(each.score, 3), "reasons": [*each.reasons]}
            for each in chosen.pairs
        ],
        "left_out": [f"{each.file} {each.reason}" for each in chosen.left_out],
        "notices": [*chosen.notices],
    }  # fmt: skip


def budget(bench: Bench, work: Budget) -> Result:
    """The best film for a sum."""
    chosen = bench.services.allot(
        bench.project().folder, work.usd, sources=work.sources, keep_plan=work.only_show,
        progress=bench.tell.progress,
    )  # fmt: skip
    return {"sentences": [*chosen.sentences], "allotment": chosen.model_dump(mode="json")}


def told_of_film(film: Film, agreement: Agreement | None = None) -> Result:
    """A finished film in figures."""
    report, render = film.report, film.render
    told: Result = {
        "film": render.file,
        "verdict": verdict(report),
        "ok": report.ok,
        "seconds": round(render.seconds, 3),
        "cuts": len(report.cuts),
        "on_frame": report.on_frame,
        "substitutions": strings({"all": report.substitutions})["all"],
        "notices": [*report.notices, *(agreement.bounds if agreement is not None else ())],
        "timings": strings(film.timings.seconds),
        "replaced": film.set_aside.name if film.set_aside is not None else None,
    }
    if film.bill is not None:
        told |= {"paid_usd": str(film.bill.run), "project_usd": str(film.bill.project)}
    return told


def _heard(bench: Bench, project: Project, progress: Progress, found: Found) -> Analysis:
    """The project's analysis, kept in it; the caller holds it."""

    def hear() -> Analysis:
        sound = bench.services.sound(project.song, progress)
        return bench.services.hear(sound, progress, _ears(project), found)

    _, analysis = heard_and_corrected(project, hear)
    if not project.analysis.is_file() or Analysis.load(project.analysis) != analysis:
        analysis.save(project.analysis)
    return analysis


def _ears(project: Project, **other: Any) -> Ears:
    state = project.state
    return replace(Ears(state.tracker, state.octave), **other)


def _told_of(analysis: Analysis) -> Result:
    return {
        "tempo": analysis.tempo,
        "beats": len(analysis.beats),
        "sections": len(analysis.sections),
        "seconds": round(analysis.track.duration, 3),
    }
