"""Whips, zoom blurs and wipes: what they show, where they stand, and that they are measured."""

from importlib.metadata import EntryPoint
from itertools import pairwise

import cv2
import numpy as np
import pytest

from songreel.assembly import makers
from songreel.assembly.check import check
from songreel.assembly.cutfinder import tolerance
from songreel.assembly.edit import edit
from songreel.assembly.pictures import of_rgb, planes
from songreel.assembly.render import render
from songreel.assembly.transitions import transition
from songreel.assembly.transitions.crossfade import fade_weight
from songreel.assembly.transitions.transition import find
from songreel.models.errors import InvalidInput
from songreel.models.progress import silent
from songreel.models.storyboard import CutReason
from songreel.models.transition import Transition, TransitionKind
from songreel.prompting.cutting import cuts, reach_of
from songreel.prompting.pulse import Pulse
from songreel.prompting.showy import APART, ENERGETIC, OTHERS_APART
from songreel.prompting.transitions import transitions
from support import analyses
from support.barcodes import HEIGHT, WIDTH, make_clip
from support.films import CUT, film, song

SHOWY = (TransitionKind.WHIP, TransitionKind.ZOOM_BLUR)


def scene(seed: int, rows: int = 96, columns: int = 160) -> np.ndarray:
    """A soft landscape with discs in it, packed planes."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(30, 220, (5, 8, 3)).astype(np.float32)
    field = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    rgb = np.clip(field, 0, 255).astype(np.uint8)
    for _ in range(12):
        middle = int(rng.integers(columns)), int(rng.integers(rows))
        cv2.circle(rgb, middle, int(rng.integers(3, 14)), rng.integers(0, 255, 3).tolist(), -1)
    return of_rgb(rgb)


def off(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("kind", SHOWY)
@pytest.mark.parametrize("n", [2, 5, 8, 14])
def test_a_rush_needs_the_old_shot_before_the_cut_only_and_the_new_one_after_it(kind, n):
    old, new, blend = scene(1), scene(2), find(kind, {})
    shown = [blend.mix(old if i < n // 2 else None, new if i >= n // 2 else None, i, n)
             for i in range(n)]  # fmt: skip
    assert all(picture.shape == old.shape and picture.dtype == np.uint8 for picture in shown)
    if n >= 8:  # it sets off and comes to rest gently
        assert off(shown[0], old) < 8 > off(shown[-1], new)
        assert off(shown[n // 2 - 1], old) > 15 < off(shown[n // 2], new)


@pytest.mark.parametrize(("kind", "settings"), [
    ("whip", {"way": "left"}), ("whip", {"way": "up"}), ("zoom blur", {"way": "out"}),
])  # fmt: skip
def test_a_plain_picture_stays_as_it_is_to_its_edges(kind, settings):
    """The border is mirrored: nothing dark comes in from outside."""
    plain = of_rgb(np.full((96, 160, 3), (200, 80, 30), np.uint8))
    for i in range(8):
        shown = find(kind, settings).mix(plain, plain, i, 8)
        assert np.abs(shown.astype(int) - plain).max() <= 1


def test_a_whip_smears_light_not_code_values():
    """A lamp of a twentieth of the width outshines what the mean of code values would show."""
    rgb = np.zeros((96, 160, 3), np.uint8)
    rgb[:, 76:84] = 255
    luma = planes(find("whip", {}).mix(of_rgb(rgb), None, 3, 8))[0]
    assert luma[48].max() > 1.6 * (16 + 219 * 8 / (0.69 * 160)) - 16


@pytest.mark.parametrize("pattern", ["light", "dark", "clouds", "left", "right"])
def test_a_wipe_goes_over_evenly(pattern):
    black, white = (of_rgb(np.full((96, 160, 3), level, np.uint8)) for level in (0, 255))
    old = scene(3)
    blend, n = find("luma wipe", {"pattern": pattern, "edge": 0.05}), 12
    for i in range(n):
        from_dark = planes(blend.mix(old, white, i, n))[0]
        from_light = planes(blend.mix(old, black, i, n))[0]
        gone = np.mean(from_dark.astype(int) - from_light > 110)
        assert gone == pytest.approx(fade_weight(i, n), abs=0.06)


def test_a_wipe_by_light_takes_the_bright_parts_first():
    old = of_rgb(np.repeat(np.linspace(20, 235, 160)[None, :, None], 96, 0).repeat(3, 2)
                 .astype(np.uint8))  # fmt: skip
    half = planes(find("luma wipe", {}).mix(old, np.roll(old, 0) // 2 + 60, 5, 11))[0]
    changed = np.abs(half.astype(int) - planes(old)[0]).mean(axis=0) > 3
    assert changed[100:].mean() > 0.8
    assert changed[:60].mean() < 0.4


@pytest.mark.parametrize(("kind", "settings", "words"), [
    ("whip", {"way": "north"}, "north"), ("whip", {"speed": 2.0}, "speed"),
    ("luma wipe", {"pattern": "stars"}, "stars"), ("luma wipe", {"edge": 0.0}, "edge"),
    ("star wipe", {}, "known: crossfade, cut, dip, flash, luma wipe, whip, zoom blur"),
])  # fmt: skip
def test_what_is_not_known_is_one_sentence(kind, settings, words):
    with pytest.raises(InvalidInput, match=words):
        find(kind, settings)


def test_another_package_brings_a_transition(monkeypatch):
    class Checkers:
        def __init__(self, size: float = 8.0) -> None:
            self.size = size

        def mix(self, old, new, i, n):
            return new if i >= n // 2 else old

    point = EntryPoint("checkers", "nowhere:Checkers", transition.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _: Checkers)
    monkeypatch.setattr(makers, "entry_points", lambda **_: [point])
    assert find("checkers", {"size": 4.0}).size == 4.0


def landscape(seed: int, speed: float):
    """A landscape that drifts by."""
    wide = np.concatenate(
        [scene(seed, HEIGHT, WIDTH)[:HEIGHT], scene(seed, HEIGHT, WIDTH)[:HEIGHT]], 1
    )
    tint = np.random.default_rng(seed).integers(96, 160, 2)

    def paint(i: int) -> np.ndarray:
        whole = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
        first = int(i * speed) % WIDTH
        whole[:HEIGHT] = wide[:, first : first + WIDTH]
        whole[HEIGHT:].reshape(2, -1)[:] = tint[:, None]
        return whole

    return paint


BEGINS = [
    Transition(kind=kind, seconds=frames / 24, settings=settings)
    for kind, lengths, all_settings in (
        (TransitionKind.WHIP, (4, 7, 10),
         [{"way": way} for way in ("left", "right", "up", "down")]),
        (TransitionKind.ZOOM_BLUR, (4, 7, 10), [{"way": "in"}, {"way": "out"}]),
        (TransitionKind.WIPE, (8, 14, 20), [{}, {"pattern": "clouds"}, {"pattern": "left"}]),
    )
    for frames in lengths
    for settings in all_settings
]  # fmt: skip


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """A film of every new kind at several lengths, 1.5 s apart."""
    project = tmp_path_factory.mktemp("film")
    starts = [1.5 * i for i in range(len(BEGINS) + 1)]
    made = film(project, song(1.5 * len(starts)), starts, [CUT, *BEGINS])
    clips = {
        shot: make_clip(project / "clips", 500 + i, clip.frames, made.spec.rate,
                        head=clip.request.head, paint=landscape(i, 0.3 + 0.3 * (i % 3)))
        for i, (shot, clip) in enumerate(made.clips.items())
    }  # fmt: skip
    timeline = edit(made.storyboard, clips, made.spec)
    video = project / "film.mp4"
    render(timeline, made.sound, made.spec, project=project, output=video, workers=2,
           progress=silent)  # fmt: skip
    return made, timeline, video


def test_their_cuts_are_found_in_the_film_and_nothing_is_taken_for_a_fault(filmed):
    made, timeline, video = filmed
    report = check(video, timeline, made.sound, made.spec)
    assert report.ok, report.notices
    assert report.faults == ()
    told = [(found, cut) for found, cut in zip(report.cuts, timeline.cuts[1:], strict=True)
            if found.found is not None]  # fmt: skip
    assert len(told) >= 0.85 * len(BEGINS)
    assert all(abs(found.found - cut.start) <= tolerance(cut) for found, cut in told)


@pytest.mark.parametrize("by", [-3, 3])
def test_a_cut_three_frames_off_is_found_under_its_rush(filmed, by):
    made, timeline, video = filmed
    cuts = list(timeline.cuts)
    for i in range(1, len(cuts)):
        if cuts[i].transition in SHOWY:
            cuts[i - 1] = cuts[i - 1].model_copy(update={"end": cuts[i].start + by})
            cuts[i] = cuts[i].model_copy(update={"start": cuts[i].start + by})
    moved = timeline.model_copy(update={"cuts": tuple(cuts)})
    found = [c.found - c.planned for c in check(video, moved, made.sound, made.spec).cuts
             if c.transition in SHOWY and c.found is not None]  # fmt: skip
    assert len(found) >= 12
    assert np.mean(np.array(found) == -by) >= 0.9


def planned(name: str, pace: float = 1.0, seed: int = 0, longest: float | None = None):
    pulse = Pulse(getattr(analyses, name)())
    reach = reach_of(pulse, longest)
    found = cuts(pulse, seed=seed, reach=reach)
    return pulse, found, transitions(pulse, found, reach, pace=pace, seed=seed)


@pytest.mark.parametrize("name", ["edm", "pop"])
@pytest.mark.parametrize("seed", range(3))
def test_showy_transitions_are_few_and_stand_in_energetic_phrases(name, seed):
    pulse, found, begins = planned(name, pace=0.6, seed=seed)
    kinds = [one.kind for one in begins]
    assert kinds.count(TransitionKind.CUT) >= 0.8 * len(kinds)
    showy = [(cut, one) for cut, one in zip(found, begins, strict=True) if one.kind in SHOWY]
    assert showy
    for (a, first), (b, second) in pairwise(showy):
        assert b.time - a.time >= (APART if first.kind == second.kind else OTHERS_APART)
    energy = {i: s.energy for i, s in enumerate(pulse.analysis.sections)}
    for cut, _ in showy:
        assert cut.reason in (CutReason.SECTION, CutReason.DROP, CutReason.PHRASE)
        assert energy[cut.section] >= ENERGETIC * max(energy.values())


def test_another_seed_is_another_hand():
    hands = {
        tuple(sorted({one.kind for one in planned("edm", 0.6, seed)[2]} & set(SHOWY)))
        for seed in range(4)
    }
    assert len(hands) > 1
    assert planned("pop", 0.6, 4)[2] == planned("pop", 0.6, 4)[2]


@pytest.mark.parametrize(("name", "pace"), [("edm", 1.7), ("ballad", 0.6), ("ambient", 0.6)])
def test_calm_films_and_calm_songs_have_none(name, pace):
    assert not {one.kind for one in planned(name, pace)[2]} & set(SHOWY)


def test_repeated_sections_rhyme():
    """A cut that is showy is so again at the same place of the next chorus, more than by chance."""
    alike, asked, by_chance = 0, 0, []
    for seed in range(4):
        pulse, found, begins = planned("pop", 0.6, seed)
        places: dict[tuple[str, int], list[TransitionKind]] = {}
        for cut, one in zip(found, begins, strict=True):
            section = pulse.analysis.sections[cut.section]
            beats = round(pulse.position(cut.time) - pulse.position(section.start))
            if section.label == "chorus" and beats and cut.reason is CutReason.PHRASE:
                places.setdefault((section.letter, beats), []).append(one.kind)
        kinds = [kind for group in places.values() for kind in group]
        by_chance.append(np.mean([kind in SHOWY for kind in kinds]))
        for group in places.values():
            for a, b in pairwise(group):
                if a in SHOWY:
                    asked, alike = asked + 1, alike + (a == b)
    assert asked >= 4
    assert alike / asked > np.mean(by_chance)


def test_wipes_show_no_more_of_a_clip_than_there_is():
    pulse, found, begins = planned("ballad", longest=6.0)
    ends = [*(cut.time for cut in found[1:]), pulse.duration]
    for i, (cut, end) in enumerate(zip(found, ends, strict=True)):
        halves = sum(
            one.seconds / 2
            for one in begins[i : i + 2]
            if one.kind in (TransitionKind.WIPE, TransitionKind.CROSSFADE)
        )
        assert end - cut.time + halves <= 6.0 + 1e-3


def test_a_broken_package_is_one_sentence(monkeypatch):
    def broken(_):
        raise RuntimeError("no such thing")

    monkeypatch.setattr(EntryPoint, "load", broken)
    point = EntryPoint("checkers", "nowhere:Checkers", transition.GROUP)
    monkeypatch.setattr(makers, "entry_points", lambda **_: [point])
    with pytest.raises(
        InvalidInput, match=r"transition checkers of nowhere:Checkers does not load"
    ):
        find("checkers", {})
