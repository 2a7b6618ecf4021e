"""`songreel score`: music for scenes, for films, and to fit a cut."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.hearing import Force, Json, print_json
from songreel.cli.own_settings import SettingOption, own_settings
from songreel.cli.shown import bill_row, tell_paid
from songreel.cli.spending import BudgetOption, InterruptOption, QuoteOption, YesOption, spending
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songreel.models.score import ScorePlan
    from songreel.score_film import SceneFilm
    from songreel.score_place import ScorePlace
    from songreel.scoring import Scored, ScoreWish, Scoring

SourceOption = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="Who plays: builtin, local:musicgen-small, replicate:musicgen; "
        "`songreel providers --sound` (builtin).",
    ),
]
ScenesOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.yaml",
        help="Film these scenes, with music made for them: lengths, moods, prompts, images.",
    ),
]
ScoreOption = Annotated[
    str | None,
    typer.Option(metavar="WORDS", help="What plays under --scenes: genre, instruments, mood."),
]
MusicSourceOption = Annotated[
    str | None,
    typer.Option(
        "--source-of-music",
        metavar="SOURCE",
        help="Who plays it: builtin, local:musicgen-small, replicate:musicgen (builtin).",
    ),
]
MusicSettingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--music-setting", metavar="NAME=VALUE", help="A parameter of that source; repeatable."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(score)


def score(
    context: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[SCENES]", help="A scene list (.yaml), a plan.json or a project."),
    ] = None,
    fit: Annotated[
        Path | None,
        typer.Option(
            metavar="EDIT",
            help="Make music whose beats fall on the cuts of a project, a video, or an .edl, "
            ".fcpxml or .otio file.",
        ),
    ] = None,
    source: SourceOption = None,
    prompt: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Genre, instruments, mood, for all of it.")
    ] = None,
    bpm: Annotated[float | None, typer.Option(help="Tempo (by the scenes' moods).")] = None,
    key: Annotated[str | None, typer.Option(help="Such as 'A minor' (by mood).")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Another score.")] = 0,
    retakes: Annotated[
        int, typer.Option(min=0, max=9, help="Make a part with a fault again, this often.")
    ] = 2,
    settings: SettingOption = None,
    fps: Annotated[
        str | None, typer.Option(metavar="RATE", help="Of an .edl that does not say it.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help=".wav or .flac (NAME.score/NAME.wav)."),
    ] = None,
    budget: BudgetOption = None,
    yes: YesOption = False,
    cancel_jobs: InterruptOption = False,
    quote: QuoteOption = False,
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Write and show the plan; make nothing.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make one track of music that grows scene by scene.

    NAME.score in the current folder (score in a project) keeps plan, takes, the mastered track, a
    report of what is heard in it and a picture. Run it again to go on after an interruption or a
    change: what is there is not made or bought again, and scenes before the changed one stay.
    """
    from songreel.cli.wiring import scores
    from songreel.score_plans import MusicWish, fitted_score, planned_score
    from songreel.scoring import ScoreWish
    from songreel.sound_source import SOURCE

    served = scores(context)
    music = MusicWish(prompt or "", bpm, key or "", seed)
    wish = ScoreWish(source or SOURCE, seed, retakes, own_settings(settings))
    if (target is None) == (fit is None):
        raise InvalidInput(
            "say what wants music: a scene list, a plan or a project, or --fit and an edit"
        )
    cuts: tuple[float, ...] = ()
    with progress_of(context) as progress:
        if fit is not None:
            fitted = fitted_score(fit, music, out, fps, progress)
            plan, place, cuts = fitted.plan, fitted.place, fitted.edit.cuts
        else:
            assert target is not None
            plan, place = planned_score(target, music, out)
        if not (plan_only or quote):
            agreed = spending(budget, yes, cancel_jobs=cancel_jobs)
            done = served.make(
                place, plan, wish, cuts=cuts, spending=agreed, force=force, progress=progress
            )
    if plan_only:
        _show_plan(served, place, plan, as_json)
    elif quote:
        _show_quote(served, place, plan, wish, as_json)
    else:
        _show(done, as_json)


def scene_film(
    song: Path | None,
    scenes: Path | None,
    score: str | None,
    source: str | None,
    settings: list[str] | None,
    seed: int | None,
    others: "Mapping[str, object]",
) -> "SceneFilm | None":
    """What a film without a song is made from; None for the film of a song.

    Args:
        song: As given.
        scenes: As given.
        score: What plays.
        source: Who plays it.
        settings: That source's own.
        seed: Of the film.
        others: Options that films of songs alone have, by name; none may be given.

    Raises:
        BadParameter: Neither song nor scenes are given.
        InvalidInput: Both are, or options that do not go together.
    """
    given = {"--score": score, "--source-of-music": source, "--music-setting": settings}
    if scenes is None:
        if told := [name for name, value in given.items() if value]:
            raise InvalidInput(f"{told[0]} is for a film of scenes: add --scenes scenes.yaml")
        if song is None:
            raise typer.BadParameter(
                "say which song; or --scenes scenes.yaml for a film whose music is made for it"
            )
        return None
    if song is not None:
        raise InvalidInput(
            f"{song} and --scenes exclude each other: scenes get music of their own; leave one out"
        )
    if told := [name for name, value in others.items() if value]:
        raise InvalidInput(f"{told[0]} is for films of songs; with --scenes leave it out")
    from songreel.score_film import SceneFilm
    from songreel.score_plans import MusicWish
    from songreel.scoring import ScoreWish
    from songreel.sound_source import SOURCE

    music = MusicWish(score or "", seed=seed or 0)
    wish = ScoreWish(
        source or SOURCE, seed or 0, settings=own_settings(settings, "--music-setting")
    )
    return SceneFilm(scenes, music, wish)


def _show_plan(served: "Scoring", place: "ScorePlace", plan: "ScorePlan", as_json: bool) -> None:
    path = served.keep_plan(place, plan)
    if as_json:
        typer.echo(plan.to_json(), nl=False)
        return
    rows = [
        (cue.id, f"{start:.2f}", f"{cue.seconds:g} s", f"{round(cue.bpm, 2):g}", cue.key,
         f"{cue.energy:.2f}", cue.prompt)
        for cue, start in zip(plan.cues, plan.starts(), strict=False)
    ]  # fmt: skip
    typer.echo(table(("scene", "from", "length", "BPM", "key", "energy", "prompt"), rows))
    for reason in plan.reasons:
        note(f"note: {reason}")
    note(f"plan: {path}")


def _show_quote(
    served: "Scoring", place: "ScorePlace", plan: "ScorePlan", wish: "ScoreWish", as_json: bool
) -> None:
    asked = served.quote(place, plan, wish)
    if as_json:
        print_json(asked.row())
        return
    typer.echo("\n".join(asked.lines()))


def _show(done: "Scored", as_json: bool) -> None:
    """Say where a score is, and what is heard in it."""
    place, report = done.place, done.report
    if as_json:
        print_json(
            {
                "track": str(place.output),
                "plan": str(place.plan),
                "report": str(place.report),
                "picture": str(place.picture),
                "cost_usd": bill_row(done.bill),
                "heard": report.model_dump(mode="json", exclude={"loudness", "earlier"}),
            }
        )
        return
    for line in report.lines():
        note(line)
    rows = [
        (
            one.id,
            f"{one.start:.2f}",
            f"{round(one.bpm, 2):g}",
            f"{one.tempo:.1f}" if one.tempo else "–",
            _ms(one.beat),
            _ms(one.downbeat),
            f"{one.loudness:.1f}" if one.loudness is not None else "–",
            str(one.retakes) if one.retakes else "",
        )
        for one in report.scenes
    ]
    heads = ("scene", "from", "BPM", "heard", "to beat", "to downbeat", "LUFS", "retakes")
    note(table(heads, rows))
    remarks = (f"{one.id}: {text}" for one in report.scenes for text in one.remarks)
    for text in (*remarks, *report.notices):
        note(f"note: {text}")
    tell_paid(done.bill, "score")
    note(f"picture: {place.picture}")
    note(f"report: {place.report}")
    typer.echo(str(place.output))


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:+.0f} ms"
