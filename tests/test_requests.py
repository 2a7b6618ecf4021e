"""What is asked of the sources of clips, and which sources there are."""

import json
from hashlib import sha256

import pytest

from songreel.generation.provider import Context
from songreel.generation.registry import create, describe, providers
from songreel.generation.requests import requests, worded
from songreel.generation.stills import film_stills
from songreel.models.clip import ClipRequest, Still
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import sha256_of
from songreel.models.storyboard import Words
from support.boards import SONG, SPEC, board
from support.films import CROSSFADE, CUT
from support.pictures import scenery, write_photo

# Requests

OLD = {
    "prompt": "Wide shot: a shoal turning as one body.", "negative": "text", "motif": "a shoal",
    "camera": "push in", "size": "wide", "energy": 0.403, "motion": 0.393, "seed": 436194047,
    "palette": [[0.139, 0.047, 263.9], [0.705, 0.104, 196.1], [0.93, 0.057, 96.1]],
    "width": 114, "height": 64, "rate": "24", "frames": 114, "head": 18,
    "drive": {
        "beats": [0.4149, 1.4708], "downbeats": [1.4708],
        "kick": {"times": [0.5], "strengths": [1.0]}, "snare": {"times": [], "strengths": []},
        "hat": {"times": [0.25], "strengths": [0.5]},
        **{name: {"rate": 10.0, "values": [0.2, 0.4]} for name in ("energy", "brightness", "bass")},
        "build": [0.0, 0.0], "section": "verse", "song_start": 0.703125, "song_end": 1.0,
    },
    "source": ["builtin 8e35dffb7814"],
}  # fmt: skip
"""As version 0.5 wrote it, without what counted only where it was there."""


def test_a_clip_of_an_earlier_version_is_known_by_its_fingerprint():
    """It is in the names of its files, and in the plan where a person keeps it."""
    text = json.dumps(OLD, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert ClipRequest.model_validate_json(text).fingerprint == sha256(text.encode()).hexdigest()


def test_what_is_heard_beyond_that_makes_another_clip():
    old = ClipRequest.model_validate_json(json.dumps(OLD))
    for more in ({"turn": 1}, {"letter": "A"}, {"mood": (0.1, 0.2)}):
        drive = old.drive.model_copy(update=more)
        assert old.model_copy(update={"drive": drive}).fingerprint != old.fingerprint


def test_a_request_has_the_music_from_its_head_on():
    asked = requests(board(transitions=[CUT, CUT, CROSSFADE, CUT]), SONG, SPEC)
    request = asked["s02"]
    assert (request.head, request.frames) == (5, 5 + 48)  # 0.4 s is 10 frames, half before
    start = (4 * 24 - 5) / 24
    heard = [b - start for b in SONG.beats if 4 <= b < 6]
    assert request.drive.beats == pytest.approx(heard, abs=1e-6)
    assert request.drive.downbeats[0] == pytest.approx(5 / 24, abs=1e-6)
    assert request.drive.energy.at(0.5) == pytest.approx(SONG.energy.at(start + 0.5), abs=1e-3)
    assert request.drive.song_start == pytest.approx(start / SONG.track.duration, abs=1e-6)
    assert asked["s01"].frames == 48 + 5  # its tail


def test_a_build_rises_over_its_own_shot_and_not_in_the_next_ones_head():
    event = next(event for event in SONG.events if event.kind == "build")
    film = board((0.0, event.start, event.end), [CUT, CUT, CROSSFADE])
    before, build, after = (r.drive.build for r in requests(film, SONG, SPEC).values())
    assert before == (0.0, 0.0)
    assert build[0] == pytest.approx(0, abs=0.03)
    assert build[1] == pytest.approx(1)
    assert after == (0.0, 0.0)


def test_a_storyboard_of_another_song_is_refused():
    other = SONG.model_copy(update={"track": SONG.track.model_copy(update={"sha256": "0" * 64})})
    with pytest.raises(InvalidInput, match="plan the song again"):
        requests(board(), other, SPEC)


def test_a_corrected_grid_moves_the_beats_a_clip_hears():
    shifted = SONG.grid.model_copy(update={"beats": tuple(b + 0.1 for b in SONG.grid.beats)})
    film = board().model_copy(update={"grid": shifted})
    assert requests(film, SONG, SPEC)["s00"].drive.beats[0] == pytest.approx(0.1)


def test_words_are_put_for_a_dialect_and_nothing_else_changes():
    asked = requests(board(), SONG, SPEC)
    said = worded(
        asked, board(), lambda shot, dialect: Words(prompt=f"{shot.id}, {dialect}"), "veo"
    )
    assert [request.prompt for request in said.values()] == [f"{shot}, veo" for shot in asked]
    kept = {"prompt": "", "negative": ""}
    for shot, request in said.items():
        assert request.model_copy(update=kept) == asked[shot].model_copy(update=kept)
        assert request.fingerprint != asked[shot].fingerprint
    assert worded(asked, board(), None, "veo") == asked


def test_pictures_are_asked_for_by_their_content(tmp_path):
    photo = write_photo(tmp_path / "a.png", scenery(64, 48))
    images = {"start_image": "a.png", "end_image": str(photo), "references": ("a.png",)}
    film = board(s01=images, s02={"start_image": "previous"})
    stills = film_stills(film, tmp_path)
    asked = requests(film, SONG, SPEC, stills.by_shot)
    picture = Still(sha256=sha256_of(photo))
    assert (asked["s01"].start, asked["s01"].end) == (picture, picture)
    assert asked["s01"].references == (picture,)
    assert stills.files == {picture.sha256: photo}
    assert asked["s02"].start.after is not None
    assert asked["s00"].fingerprint == requests(board(), SONG, SPEC)["s00"].fingerprint


# Registry


def test_the_installed_providers_are_known_by_name():
    assert {"builtin", "footage"} <= set(providers())


def test_an_unknown_provider_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(InvalidInput, match=r"'bultin'; known: builtin, .*footage"):
        create("bultin", Context(scratch=tmp_path))


def test_a_provider_tells_what_it_lacks(tmp_path):
    assert describe("builtin", Context(scratch=tmp_path)).ready
    lacking = describe("footage", Context(scratch=tmp_path))
    assert (lacking.ready, lacking.reason) == (False, "no footage folder is given")


def test_a_broken_foreign_provider_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "acme_clips.py").write_text("import no_such_module_at_all\n")
    info = tmp_path / "acme_clips-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-clips\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[songreel.providers]\nacme = acme_clips:Acme\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "acme" in providers()
    with pytest.raises(MachineError, match=r"package acme-clips is broken: .*no_such_module"):
        create("acme", Context(scratch=tmp_path))
    assert not describe("acme", Context(scratch=tmp_path)).ready
