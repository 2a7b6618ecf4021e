"""What a clip shows as it is goes into the film without being coded again, and nothing else."""

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from songreel.assembly.coding import codings, copyable
from songreel.assembly.edit import edit, soft_span
from songreel.assembly.effects.effect import Chain
from songreel.assembly.pictures import planes
from songreel.assembly.render import render
from songreel.assembly.segments import pieces
from songreel.generation.final import finals
from songreel.grading.worn import Coat
from songreel.models.effect import EffectCue, PlacedEffect, worn_of
from songreel.models.errors import InvalidInput
from songreel.models.overlay import Overlay
from songreel.models.progress import silent
from songreel.models.render import RenderSpec
from songreel.models.transition import TransitionKind
from support.barcodes import HEIGHT, WIDTH, lumas, read_film
from support.films import CROSSFADE, CUT, DIP, FLASH, KILLED, film, song
from support.finals import finalised

STARTS = [0.0, 0.71, 1.302, 2.2, 3.1, 3.617]
MIXED = [CUT, CUT, CROSSFADE, DIP, FLASH, CUT]
GRADE = EffectCue(effect="grade", strength=0.6, settings={"contrast": 1.2, "saturation": 0.8})
GRAIN = EffectCue(effect="grain", strength=0.4)
BARS = EffectCue(effect="letterbox", strength=1.0)


def rendered(made, *, workers=2, timeline=None):
    timeline = timeline or edit(made.storyboard, made.clips, made.spec)
    output = made.project / f"film.{made.spec.format}"
    result = render(
        timeline, made.sound, made.spec, project=made.project, output=output, workers=workers,
        progress=silent,
    )  # fmt: skip
    return result, timeline, output


def split(made, timeline):
    return pieces(timeline, made.spec, codings(timeline, made.spec, made.project, 1))


def copied(made, timeline):
    return [(one.first, one.last) for one in split(made, timeline) if one.copied]


def with_effect(timeline, shot, placed):
    cuts = [
        cut.model_copy(update={"effects": (placed,)}) if cut.shot == shot else cut
        for cut in timeline.cuts
    ]
    return timeline.model_copy(update={"cuts": tuple(cuts)})


@pytest.mark.parametrize("form", ["mp4", "mkv"])
@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30000, 1001), Fraction(60)], ids=str)
def test_every_frame_is_the_planned_one_and_most_are_the_clips_own(tmp_path, rate, form):
    made = finalised(film(tmp_path, song(4.3), STARTS, MIXED, rate=rate, form=form))
    result, timeline, output = rendered(made)
    shown = read_film(output)
    assert len(shown) == timeline.frames
    cuts = timeline.cuts
    for i, cut in enumerate(cuts):
        following = soft_span(cuts[i + 1])[0] if i + 1 < len(cuts) else cut.end
        whole = soft_span(cut)[1]
        if cut.transition is TransitionKind.DIP:
            whole = cut.start + 1
        for frame in range(whole, following):
            expected = (made.numbers[cut.shot], cut.source + frame - cut.start)
            assert shown[frame] == expected, f"{cut.shot}, film frame {frame}"
    assert result.copied_frames == sum(b - a for a, b in copied(made, timeline))
    # What is left are the transitions, whose pictures are no clip's own.
    mixed = sum(cut.transition_frames for cut in cuts)
    assert result.copied_frames == timeline.frames - mixed


def test_copied_pictures_are_the_clips_to_the_bit(tmp_path):
    made = finalised(film(tmp_path, song(4.3), STARTS, MIXED))
    _, timeline, output = rendered(made)
    shown = list(lumas(output))
    for one in split(made, timeline):
        if one.copied:
            own = list(lumas(made.project / one.cut.clip))
            for frame in range(one.first, one.last):
                np.testing.assert_array_equal(
                    shown[frame], own[frame - one.cut.start + one.cut.source]
                )


def test_a_body_between_two_soft_transitions_is_copied_whole(tmp_path):
    made = finalised(film(tmp_path, song(3.0), [0, 1.0, 2.0], [CUT, CROSSFADE, CROSSFADE]))
    result, timeline, _ = rendered(made)
    bodies = [
        (soft_span(cut)[1], soft_span(following)[0])
        for cut, following in zip(timeline.cuts, timeline.cuts[1:], strict=False)
    ]
    assert copied(made, timeline)[:2] == bodies
    assert result.made_segments == 2  # the two fades


def test_pictures_are_decoded_in_the_order_they_are_shown(tmp_path):
    made = finalised(film(tmp_path, song(3.0), [0, 1.0, 2.0], [CUT, CROSSFADE, CUT]))
    _, timeline, output = rendered(made)
    with av.open(str(output)) as container:
        stream = container.streams.video[0]
        times = [
            (packet.pts * stream.time_base, packet.dts * stream.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
    grid = [frame / made.spec.rate for frame in range(timeline.frames)]
    assert times == [(time, time) for time in grid]


def test_clips_that_are_coded_otherwise_are_coded_anew(tmp_path):
    """One shot of the film comes from elsewhere: the streams still fit together."""
    made = film(tmp_path, song(4.3), STARTS, MIXED)
    mixed = finalised(made, shots=("s00", "s03"))
    result, timeline, output = rendered(mixed)
    assert {one.cut.shot for one in split(mixed, timeline) if one.copied} == {"s00", "s03"}
    assert result.made_segments > 0
    cut = timeline.cuts[1]
    middle = (cut.start + cut.end) // 2
    assert read_film(output)[middle] == (made.numbers["s01"], cut.source + middle - cut.start)


@pytest.mark.parametrize(("crf", "taken"), [(12, False), (21, False), (22, True), (30, True)])
def test_a_clip_coarser_than_the_film_is_not_copied(tmp_path, crf, taken):
    made = finalised(film(tmp_path, song(2.0), [0, 1.0]), crf=22)
    made = replace(made, spec=made.spec.model_copy(update={"crf": crf}))
    timeline = edit(made.storyboard, made.clips, made.spec)
    assert bool(copied(made, timeline)) is taken


def test_prores_is_coded_from_pictures(tmp_path):
    made = finalised(film(tmp_path, song(1.0), [0, 0.5], form="mov"))
    result, _, output = rendered(made)
    assert result.copied_frames == 0
    assert read_film(output)[0] == (made.numbers["s00"], 0)


def test_only_what_an_effect_changes_is_coded(tmp_path):
    made = finalised(film(tmp_path, song(6.0), [0, 0.5]))
    plain = edit(made.storyboard, made.clips, made.spec)
    struck = PlacedEffect(effect="flash", strength=1.0, hits=((36, 1.0),))
    timeline = with_effect(plain, "s01", struck)
    start = timeline.cuts[1].start
    # Keyframes come every second; the flash has died away before the next but one.
    assert copied(made, timeline)[1:] == [(start, start + 36), (start + 72, timeline.frames)]
    result, _, output = rendered(made, timeline=timeline)
    assert (result.made_segments, result.copied_frames) == (1, timeline.frames - 36)
    light = [float(luma.mean()) for luma in lumas(output)]
    assert light[start + 36] > light[start + 35] + 30
    assert read_film(output)[start + 72] == (made.numbers["s01"], 72)


def test_an_effect_that_does_not_say_when_it_rests_touches_every_picture(tmp_path, monkeypatch):
    from songreel.assembly.effects.flash import Flash

    monkeypatch.delattr(Flash, "idle")
    made = finalised(film(tmp_path, song(2.0), [0, 0.5]))
    timeline = edit(made.storyboard, made.clips, made.spec)
    struck = PlacedEffect(effect="flash", strength=1.0, hits=((0, 1.0),))
    timeline = with_effect(timeline, "s01", struck)
    assert copied(made, timeline) == [(0, timeline.cuts[1].start)]


def test_pictures_under_words_and_a_fade_are_coded(tmp_path):
    made = finalised(film(tmp_path, song(4.0), [0]))
    timeline = edit(made.storyboard, made.clips, made.spec)
    fade = PlacedEffect(effect="fade", strength=1.0, level=((84, 1.0), (95, 0.0)))
    said = Overlay(kind="caption", start=30, end=50, text="words")
    timeline = timeline.model_copy(update={"finish": (fade,), "overlays": (said,)})
    assert copied(made, timeline) == [(0, 30), (72, 85)]


def test_a_clip_that_is_held_past_its_end_is_coded_there(tmp_path):
    made = finalised(film(tmp_path, song(2.0), [0, 1.0]))
    timeline = edit(made.storyboard, made.clips, made.spec)
    late = timeline.cuts[1].model_copy(update={"source": 14})
    timeline = timeline.model_copy(update={"cuts": (timeline.cuts[0], late)})
    assert copied(made, timeline) == [(0, 24)]  # from frame 14 on the next keyframe is past the end


def test_stretches_begin_at_keyframes_and_last_while_nothing_is_changed():
    class Known:
        frames, keys = 100, (0, 24, 48, 72, 96)

    def of(free, first=0, last=100, least=1):
        return copyable(Known, first, last, free, least)

    assert of(range(100)) == [(0, 100)]
    assert of(range(5, 100), 5) == [(24, 100)]
    assert of(range(-4, 130), -4, 130) == [(0, 100)]
    assert of([*range(30), *range(40, 60)]) == [(0, 30), (48, 60)]
    assert of([*range(30), *range(40, 60)], least=20) == [(0, 30)]
    assert of(range(97, 100), 97) == []
    assert of([]) == []


def test_the_same_film_is_the_same_bytes_on_any_number_of_workers(tmp_path):
    films = [finalised(film(tmp_path / n, song(3.0), STARTS[:4], MIXED[:4])) for n in "ab"]
    results = [rendered(made, workers=n)[0] for made, n in zip(films, (1, 3), strict=True)]
    assert results[0] == results[1]
    again = rendered(films[0])[0]
    assert (again.made_segments, again.sha256) == (0, results[0].sha256)
    assert again.copied_frames == results[0].copied_frames


def test_a_copied_clip_that_changed_since_the_plan_is_refused(tmp_path):
    """Even where nothing is left to be coded."""
    made = finalised(film(tmp_path, song(2.0), [0, 1.0]))
    _, timeline, output = rendered(made)
    output.unlink()
    victim = made.project / timeline.cuts[1].clip
    victim.write_bytes(victim.read_bytes()[:-10] + bytes(10))
    with pytest.raises(InvalidInput, match="is not the clip that was planned"):
        rendered(made)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_and_run_again_it_is_the_same_video(tmp_path):
    whole = finalised(film(tmp_path / "whole", song(4.3), STARTS, MIXED))
    undisturbed, timeline, _ = rendered(whole)
    made = finalised(film(tmp_path / "killed", song(4.3), STARTS, MIXED))
    timeline.save(made.project / "timeline.json")
    for at in (5, 1):  # in a segment; in the joining
        command = [sys.executable, "-c", KILLED, str(made.project), str(at)]
        killed = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True)
        assert killed.returncode == -9, killed.stderr.decode()
        assert not (made.project / "film.mp4").exists()
    finished, _, _ = rendered(made)
    assert finished.sha256 == undisturbed.sha256


@pytest.mark.parametrize("cues", [(GRADE,), (GRAIN,), (BARS,), (GRADE, GRAIN, BARS)])
def test_what_a_clip_wears_is_what_a_film_would_lay_over_it(cues):
    rng = np.random.default_rng(3)
    plain = rng.integers(16, 236, (HEIGHT * 3 // 2, WIDTH), np.uint8)
    placed = [PlacedEffect(effect=c.effect, strength=c.strength, settings=c.settings) for c in cues]
    for frame in (0, 7):
        laid = Chain(placed, Fraction(24)).picture(plain, frame)
        worn = plain.copy()
        Coat(cues).put_on(*planes(worn), frame)
        assert (worn != plain).any()
        np.testing.assert_array_equal(worn, laid)


def test_what_is_worn_is_not_laid_over_again(tmp_path):
    made = finalised(film(tmp_path, song(2.0), [0, 1.0]), worn=(GRADE, GRAIN), shots=("s00",))
    shots = tuple(s.model_copy(update={"effects": (GRADE,)}) for s in made.storyboard.shots)
    board = made.storyboard.model_copy(update={"shots": shots, "finish": (GRAIN,)})
    timeline = edit(board, made.clips, made.spec)
    first, second = timeline.cuts
    assert (first.effects, first.worn) == ((), ("grain",))
    assert ([one.effect for one in second.effects], second.worn) == (["grade"], ())
    assert [one.effect for one in timeline.finish] == ["grain"]
    assert copied(made, timeline) == [(first.start, first.end)]
    assert not timeline.notices


def test_bars_are_laid_again_over_pictures_that_an_effect_moves(tmp_path):
    made = finalised(film(tmp_path, song(2.0), [0]), worn=(GRAIN, BARS))
    board = made.storyboard.model_copy(update={"finish": (GRAIN, BARS)})
    timeline = edit(board, made.clips, made.spec)
    push = PlacedEffect(effect="push", strength=1.0, level=((0, 0.5), (47, 1.0)))
    (segment,) = split(made, with_effect(timeline, "s00", push))
    assert [one.effect for one in segment.finish] == ["letterbox"]


def test_a_take_that_wears_something_else_is_told(tmp_path):
    made = finalised(film(tmp_path, song(2.0), [0, 1.0]), worn=(GRAIN,))
    heavier = GRAIN.model_copy(update={"strength": 0.9})
    board = made.storyboard.model_copy(update={"finish": (heavier,)})
    notices = edit(board, made.clips, made.spec).notices
    assert [text.partition(":")[0] for text in notices] == ["shot s00", "shot s01"]
    assert "the grain it was made with" in notices[0]


def test_nothing_is_worn_from_an_effect_on_that_needs_the_picture_as_it_was():
    negative = EffectCue(effect="negative", strength=1.0)
    struck = EffectCue(effect="punch-in", on="downbeat", strength=0.5)
    swelling = EffectCue(effect="grade", on="energy", strength=0.5)
    assert worn_of((struck, GRADE, GRAIN)) == (GRADE, GRAIN)
    assert worn_of((GRADE, negative, GRAIN)) == (GRADE,)
    assert worn_of((swelling, GRAIN)) == ()
    assert worn_of((GRADE.model_copy(update={"strength": 0.0}), GRAIN)) == (GRAIN,)


def test_clips_are_as_fine_as_their_film(tmp_path):
    made = film(tmp_path, song(1.0), [0])
    fine = {
        (form, crf): finals(made.storyboard, RenderSpec(crf=crf, format=form))["s00"].crf
        for form, crf in (("mp4", 22), ("mkv", 12), ("mov", 22), ("mov", 10))
    }
    assert fine == {("mp4", 22): 22, ("mkv", 12): 12, ("mov", 22): 16, ("mov", 10): 10}
