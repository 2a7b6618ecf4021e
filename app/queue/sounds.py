"""Work that makes or mixes sound: scores, foley, mixes."""

from fractions import Fraction
from pathlib import Path

from songreel.assembly.mixing.mix import FILMS
from songreel.film import Bill
from songreel.foley import Foley as Foleys
from songreel.foley import Sounded
from songreel.foley import Wish as FoleyWish
from songreel.foley_place import Place, place_of, place_without_film
from songreel.mixing import Sounds, codec_of, named
from songreel.mixing import mix as mixed
from songreel.models.errors import InvalidInput
from songreel.models.mix import MixSpec
from songreel.models.names import fit_name
from songreel.models.render import Render
from songreel.models.score import ScorePlan
from songreel.models.work_sound import Foley, Mix, Score
from songreel.models.work_wishes import Mixing, Music
from songreel.project import Project
from songreel.queue.addresses import CheckedTransport
from songreel.queue.agreement import Agreement
from songreel.queue.bench import Bench, Result, free_name, made, strings
from songreel.queue.files import EXPORTS
from songreel.score_film import SceneFilm
from songreel.score_place import ScorePlace
from songreel.score_plans import MusicWish, fitted_score, planned_score
from songreel.scoring import ScoreWish, Scoring
from songreel.sound_source import SOURCE


def score(bench: Bench, work: Score) -> Result:
    """Music for scenes, for a project, or for a cut."""
    served, tell, music = Scoring(bench.settings), bench.tell.progress, work.music
    plan, place, cuts = planned(bench, work)
    cues: Result = {
        "cues": [
            {"id": cue.id, "start": start, "seconds": cue.seconds, "bpm": cue.bpm, "key": cue.key,
             "energy": cue.energy, "prompt": cue.prompt}
            for cue, start in zip(plan.cues, plan.starts(), strict=False)
        ],
        "reasons": [*plan.reasons],
    }  # fmt: skip
    if work.plan_only:
        return cues | _files(bench, place.project, served.keep_plan(place, plan))
    agreement = Agreement(bench, work)
    done = served.make(
        place, plan, score_wish(music), cuts=cuts, spending=agreement.spending,
        force=work.replace, progress=tell,
    )  # fmt: skip
    told: Result = {
        "heard": done.report.model_dump(mode="json", exclude={"loudness", "earlier"})
        | {"file": place.output.name},
        "notices": [*done.report.lines(), *done.report.notices, *agreement.bounds],
    }
    return (
        cues
        | told
        | _paid(done.bill)
        | _files(bench, place.project, place.output, place.picture, place.report)
    )


def planned(bench: Bench, work: Score) -> tuple[ScorePlan, ScorePlace, tuple[float, ...]]:
    """What is to be played, where it goes, and the cuts that it is made to fit, seconds.

    Raises:
        InvalidInput: There is nothing to plan it by.
    """
    music = work.music
    wish = MusicWish(music.prompt, music.bpm, music.key, music.seed)
    target, fits = _target(bench, work)
    out = _score_file(bench, work, target)
    if fits:
        fitted = fitted_score(target, wish, out, work.rate, bench.tell.progress)
        return fitted.plan, fitted.place, tuple(fitted.edit.cuts)
    plan, place = planned_score(target, wish, out)
    return plan, place, ()


def score_wish(music: Music, seed: int | None = None) -> ScoreWish:
    """Who plays, and how."""
    chosen = music.seed if seed is None else seed
    return ScoreWish(music.source or SOURCE, chosen, music.retakes, dict(music.settings))


def foley(bench: Bench, work: Foley) -> Result:
    """Sound for pictures, or by itself."""
    served, agreement = Foleys(bench.settings), Agreement(bench, work)
    place, wish, seconds = foley_wish(bench, work)
    done = served.make(
        place, wish, seconds=seconds, spending=agreement.spending, force=work.replace,
        progress=bench.tell.progress,
    )  # fmt: skip
    return _sounded(bench, done, agreement)


def foley_wish(bench: Bench, work: Foley) -> tuple[Place, FoleyWish, Fraction | None]:
    """Where sound goes, what it is to be, and its length where there is no film.

    Raises:
        InvalidInput: There is no film.
    """
    place, seconds = _foley_place(bench, work)
    wish = FoleyWish(
        source=work.source or SOURCE, prompt=work.prompt, preset=work.preset,
        negative=work.negative, voices=work.voices, music=work.music, quality=work.quality,
        seed=work.seed, settings=dict(work.settings), mix=mix_spec(work.mixing, place.output),
    )  # fmt: skip
    return place, wish, seconds


def mix(bench: Bench, work: Mix) -> Result:
    """Sounds under a picture."""
    video = _film_of(bench.project()) if work.film is None else bench.given(work.film)
    files = tuple(bench.given(each.sound, "given/sounds") for each in work.sounds)
    mode = work.mixing.mode or ("mix" if files else "keep")
    spec = mix_spec(work.mixing, None).model_copy(update={"mode": mode})
    # As `songreel mix` names it, only that nothing is in its way.
    usual = named(video, spec.codec, shown=_has_picture(video))
    project = bench.project() if work.film is None else None
    folder = bench.folder if project is None else project.folder / EXPORTS
    out = free_name(made(folder), usual.stem, usual.suffix)
    sounds = Sounds(
        files, tuple(each.at for each in work.sounds), tuple(each.gain for each in work.sounds),
        work.sound_fade_in, work.sound_fade_out,
    )  # fmt: skip
    done = mixed(video, sounds, spec, out, progress=bench.tell.progress)
    told = strings(done.model_dump(mode="json", exclude={"file"}))
    return told | {"seconds": done.seconds} | _files(bench, project, out)


def mix_spec(mixing: Mixing, output: Path | None) -> MixSpec:
    """How sound is put under a picture.

    Args:
        mixing: As wished.
        output: What is delivered; None: not known yet.
    """
    fields = mixing.model_dump() | {"codec": codec_of(output, mixing.codec)}
    if mixing.mode is None:
        del fields["mode"]
    return MixSpec.model_validate(fields)


def _target(bench: Bench, work: Score) -> tuple[Path, bool]:
    """What wants music, and whether it is to fit its cuts."""
    if work.project is not None:
        return bench.project().folder, work.fit
    if work.edit is not None:
        return bench.given(work.edit), True
    if work.plan is not None:
        return bench.given(work.plan), False
    path = bench.text(work.scenes or "", "scenes.yaml")
    title = fit_name(SceneFilm(path).title)
    return bench.text(work.scenes or "", f"{title}.yaml"), False


def _score_file(bench: Bench, work: Score, target: Path) -> Path:
    """What is delivered."""
    if work.project is None:
        return made(bench.folder) / f"{target.stem}.{work.form}"
    project = bench.project()
    return made(project.folder / EXPORTS) / f"{project.state.title} score.{work.form}"


def _foley_place(bench: Bench, work: Foley) -> tuple[Place, Fraction | None]:
    if work.project is not None:
        project = bench.project()
        film = _film_of(project)
        kind = film.suffix if film.suffix.lower() in FILMS else ".mkv"
        out = made(project.folder / EXPORTS) / f"{film.stem}.foley{kind}"
        return place_of(project.folder, out), None
    if work.film is not None or work.address is not None:
        film = bench.given(work.film) if work.film is not None else _fetched(bench, work)
        kind = film.suffix if film.suffix.lower() in FILMS else ".mkv"
        return place_of(film, made(bench.folder) / f"{film.stem}.foley{kind}"), None
    place = place_without_film(made(bench.folder) / "sound.wav")
    return place, Fraction(str(work.seconds))


def _fetched(bench: Bench, work: Foley) -> Path:
    """The film at an address of the open internet."""
    from songreel.generation.foley.address import checked, fetched

    bench.tell.progress("fetching the film", 0.0)
    folder = made(bench.folder / "given")
    return fetched(checked(work.address or ""), folder, transport=CheckedTransport())


def _sounded(bench: Bench, done: Sounded, agreement: Agreement) -> Result:
    track, place = done.track, done.place
    told: Result = {
        "outcome": track.outcome,
        "failure": done.failure,
        "source": track.source,
        "seconds": track.samples / track.sample_rate,
        "loudness": track.loudness,
        "true_peak": track.true_peak,
        "pieces": len(track.parts),
        "notices": [*track.notices, *agreement.bounds],
    }
    return told | _paid(done.bill) | _files(bench, place.project, place.output, place.report)


def _paid(bill: Bill | None) -> Result:
    if bill is None:
        return {}
    return {"paid_usd": str(bill.run), "project_usd": str(bill.project)}


def _files(bench: Bench, project: Project | None, *paths: Path) -> Result:
    there = [path for path in paths if path.is_file()]
    if project is not None:
        return {"files": [bench.file_in(project, path) for path in there]}
    return {"files": [bench.loose(path) for path in there]}


def _film_of(project: Project) -> Path:
    if not project.render.is_file():
        raise InvalidInput(f"{project.state.title} has no film yet; make it first")
    film = project.folder / Render.load(project.render).file
    if not film.is_file():
        raise InvalidInput(f"the film of {project.state.title} is gone; cut it again")
    return film


def _has_picture(video: Path) -> bool:
    from songreel.assembly.mixing.picture import has_picture

    return has_picture(video)
