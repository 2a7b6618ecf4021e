"""Shots no longer than the clips of the film's source: on the grid, around locks, with fades."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songreel.generation.catalogue.legal import longest as longest_of
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.music import Analysis
from songreel.models.schedule import schedule
from songreel.models.storyboard import Anchor, CutReason, Storyboard
from songreel.models.transition import Transition, TransitionKind
from songreel.planning import Direction, entry_of, project_plan
from songreel.project import Project
from songreel.prompting.looks import find_look
from songreel.prompting.measure import measure
from songreel.prompting.plan import plan
from songreel.prompting.pulse import Pulse
from songreel.prompting.styles import styles
from songreel.settings import Settings
from support import analyses
from support.analyses import Part, Score, write

LOOK = find_look("northern-light")
LONGEST = (4.0, 5.3, 5.6, 8.0, 10.0)
SONGS: dict[str, Callable[[], Analysis]] = {
    "pop": analyses.pop,
    "pop at 66": lambda: analyses.pop(66),
    "edm": analyses.edm,
    "waltz": analyses.waltz,
    "ballad": analyses.ballad,
    "ambient": analyses.ambient,
    "silence": analyses.silence,
    "no trusted grid": lambda: analyses.pop(trust=0.3),
    "3 s of silence in front": lambda: analyses.pop(lead_in=3.0),
    "31 s of silence in front": lambda: analyses.pop(lead_in=31.0),
    "a stop of 16 beats": lambda: analyses.pop(stops=[(40, 16)]),
}


def longest_clip(storyboard: Storyboard, rate: Fraction = Fraction(24)) -> float:
    """Seconds of the longest clip that unlocked shots need, cross-fades included."""
    frames = schedule(storyboard, rate)
    pairs = zip(storyboard.shots, frames, strict=True)
    return float(max(f.clip_frames for shot, f in pairs if not shot.locked) / rate)


def broken(storyboard: Storyboard, analysis: Analysis) -> list[str]:
    return [m.name for m in measure(storyboard, analysis) if m.holds is False]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "style"),
    [(name, "classic") for name in SONGS]
    + [(name, style) for name in ("edm", "ballad") for style in styles() if style != "classic"],
)
def test_no_shot_is_longer_than_a_clip(name, style):
    analysis = SONGS[name]()
    for longest in LONGEST:
        storyboard = plan(analysis, LOOK, style=style, longest=longest)
        for rate in (Fraction(24), Fraction(30000, 1001)):
            assert longest_clip(storyboard, rate) <= longest
        assert storyboard.spans[-1][1] == analysis.track.duration


@pytest.mark.slow
@pytest.mark.parametrize("longest", LONGEST)
@pytest.mark.parametrize("name", ["pop", "pop at 66", "edm", "waltz", "ballad"])
def test_every_cut_is_still_on_the_grid_and_sections_start_with_one(name, longest):
    analysis = SONGS[name]()
    storyboard = plan(analysis, LOOK, longest=longest)
    assert set(storyboard.starts[1:]) <= set(analysis.beats)
    assert {s.start for s in analysis.sections[1:]} <= set(storyboard.starts)
    # Downbeats come first: a cut on a weak beat is an exception. Where one bar fits into a clip and
    # two do not, every row of bars has to be broken by one now and then.
    weak = [shot for shot in storyboard.shots if shot.reason is CutReason.BEAT]
    assert len(weak) <= 0.075 * len(storyboard.shots)


@pytest.mark.parametrize("name", ["pop", "edm", "waltz"])
@pytest.mark.parametrize(
    "longest", [5.3, 8.0, *(pytest.param(each, marks=pytest.mark.slow) for each in (5.6, 10.0))]
)
def test_every_rule_still_holds_where_two_bars_fit_into_a_clip(name, longest):
    analysis = SONGS[name]()
    assert broken(plan(analysis, LOOK, longest=longest), analysis) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SONGS)
@pytest.mark.parametrize("longest", [4.0, 5.6])
def test_short_clips_never_make_cuts_faster_than_eyes(name, longest):
    analysis = SONGS[name]()
    storyboard = plan(analysis, LOOK, longest=longest)
    safety = ["most cuts in a second", "most cuts in 4 s", "last shot"]
    if "silence in front" not in name:
        # Shots before the first sound count as no time at all in the rules.
        safety += ["shots under the shortest for their energy", "equal shots in a row"]
    assert [name for name in broken(storyboard, analysis) if name in safety] == []


@pytest.mark.parametrize("name", ["pop", "edm", "waltz", "ballad", "ambient", "no trusted grid"])
def test_clips_longer_than_every_shot_change_no_byte(name):
    analysis = SONGS[name]()
    assert plan(analysis, LOOK, longest=60.0).to_json() == plan(analysis, LOOK).to_json()


def test_the_same_plan_comes_twice():
    analysis = analyses.pop()
    one, two = (plan(analysis, LOOK, seed=3, longest=5.3).to_json() for _ in range(2))
    assert one == two


def test_two_bars_of_exactly_the_clip_less_a_frame_are_one_shot():
    # 97 frames at 24 a second hold two bars at 120 BPM, 4 s.
    storyboard = plan(analyses.pop(), LOOK, longest=97 / 24)
    lengths = [round(end - start, 6) for start, end in storyboard.spans]
    assert max(lengths) == 4.0
    assert lengths.count(4.0) > 20


def test_in_a_song_without_a_grid_shots_still_cross_fade():
    storyboard = plan(analyses.ambient(), LOOK, longest=5.3)
    fades = [
        shot.transition.seconds
        for shot in storyboard.shots[1:]
        if shot.transition.kind is TransitionKind.CROSSFADE
    ]
    assert len(fades) >= 0.8 * len(storyboard.shots)
    assert min(fades) >= 0.5


def locked_plan(analysis: Analysis) -> Storyboard:
    """A plan with a locked shot of ten seconds at 20 s that begins with a long cross-fade."""
    whole = plan(analysis, LOOK)
    shots = [s for s, t in zip(whole.shots, whole.starts, strict=True) if not 18 <= t < 32]
    place = sum(t < 18 for t in whole.starts)
    at = [Anchor.on_grid(analysis.grid, analysis.grid.nearest(t)) for t in (20.0, 30.0)]
    long = whole.shots[place].model_copy(
        update={
            "at": at[0],
            "locked": True,
            "transition": Transition(kind=TransitionKind.CROSSFADE, seconds=1.5),
        }
    )
    after = whole.shots[place + 1].model_copy(update={"at": at[1], "transition": Transition()})
    numbered = [*shots[:place], long, after, *shots[place:]]
    shots = [s.model_copy(update={"id": f"s{i:02d}", "rhymes_with": None})
             for i, s in enumerate(numbered, start=1)]  # fmt: skip
    return whole.model_copy(update={"shots": tuple(shots)})


@pytest.mark.parametrize(
    "longest",
    [5.3, 10.0, *(pytest.param(each, marks=pytest.mark.slow) for each in (4.0, 5.6, 8.0))],
)
def test_a_locked_shot_stays_long_and_its_cross_fade_is_counted(longest):
    analysis = analyses.pop()
    storyboard = plan(analysis, LOOK, keep=locked_plan(analysis), longest=longest)
    spans = {
        shot.id: span
        for shot, span in zip(storyboard.shots, storyboard.spans, strict=True)
        if shot.locked
    }
    assert list(spans.values()) == [(20.0, 30.0)]
    assert longest_clip(storyboard) <= longest


@pytest.mark.parametrize("longest", [0.0, -1.0, 1.0, 3.0, math.nan])
def test_clips_too_short_for_eyes_are_refused(longest):
    with pytest.raises(InvalidInput, match=r"too short for shots that eyes can follow; choose"):
        plan(analyses.pop(), LOOK, longest=longest)


@pytest.mark.parametrize("source", ["fal:video-01", "fal:ltx-video", "replicate:veo-3-fast"])
def test_the_plan_of_a_project_knows_the_clips_of_its_source(source, tmp_path):
    song = tmp_path / "song.wav"
    song.write_bytes(b"not heard here")
    project = Project.start(tmp_path / "film", song, sha256_of(song))
    project.change(visuals=source)
    settings = replace(Settings.load(tmp_path / "workspace"), config=tmp_path / "config")
    entry = entry_of(source, settings)
    assert entry is not None
    storyboard = project_plan(project, analyses.pop(), Direction(), None, False, settings)
    assert longest_clip(storyboard) <= longest_of(entry)


PARTS = st.builds(
    Part,
    label=st.sampled_from(("intro", "verse", "chorus", "build", "drop", "break", "outro")),
    letter=st.sampled_from("ABC"),
    bars=st.integers(1, 20),
    energy=st.floats(0.05, 1.0),
    to=st.one_of(st.none(), st.floats(0.05, 1.0)),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    parts=st.lists(PARTS, min_size=1, max_size=6),
    bpm=st.floats(40, 210),
    per_bar=st.integers(2, 7),
    lead_in=st.floats(0, 20),
    stop=st.integers(0, 40),
    trust=st.sampled_from((0.95, 0.3)),
    style=st.sampled_from(tuple(styles())),
    longest=st.floats(3.1, 12),
)
def test_any_song_fits_any_clip(parts, bpm, per_bar, lead_in, stop, trust, style, longest):
    score = Score(parts, bpm=bpm, per_bar=per_bar, lead_in=round(lead_in, 3), trust=trust)
    score.stops = [(8, stop)] if stop else []
    analysis = write(score)
    storyboard = plan(analysis, LOOK, style=style, longest=longest)
    assert longest_clip(storyboard) <= longest
    cuts = storyboard.starts[1:]
    assert max((sum(t <= u < t + 0.999 for u in cuts) for t in cuts), default=0) <= 4
    if Pulse(analysis).locked:
        beats = set(analysis.beats)
        sounding = [t for t in cuts if beats and min(beats) <= t <= max(beats)]
        halves = {analysis.grid.time_at(i + 0.5) for i in range(len(beats) - 1)}
        assert all(t in beats or t in halves for t in sounding)
