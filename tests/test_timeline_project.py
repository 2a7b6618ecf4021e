"""A project's timeline in a notebook: edits change its plan, as the command line's do."""

import io
from base64 import b64decode

import av
import numpy as np
import pytest

from songreel.models.errors import InvalidInput
from songreel.models.work import Plan
from songreel.project import Project
from songreel.widget.sound import address
from songreel.widget.timeline import Timeline
from songreel.workspace import Workspace
from support.studio import settings_of, song, work_off


@pytest.fixture
def work(tmp_path):
    return Workspace(settings_of(tmp_path), actor="notebook")


@pytest.mark.slow  # hears and plans a song
def test_edits_on_a_projects_timeline_change_its_plan_and_are_undone(work, tmp_path):
    entry = work.editing.create(song(tmp_path / "song.wav", 16.0))
    with pytest.raises(InvalidInput, match="no plan yet"):
        Timeline.of(entry.id, work)
    work.queue.add(Plan(project=entry.id))
    work_off(work)
    timeline = Timeline.of(Project(work.projects.open(entry.id).folder), work)
    assert timeline.audio.startswith("data:audio/mp4;base64,")
    assert all(shot["thumb"].startswith("data:image/jpeg") for shot in timeline.board["shots"])
    plan = work.projects.open(entry.id).plan
    before, shots = plan.read_bytes(), timeline.board["shots"]
    merge = {"kind": "merge", "shots": [shots[1]["id"]]}
    revision = timeline.board["revision"]
    said = []
    timeline.send = said.append
    timeline._handle_custom_msg({"type": "edit", "edits": [merge], "revision": revision}, [])
    assert len(timeline.board["shots"]) == len(shots) - 1
    assert plan.read_bytes() != before
    timeline._handle_custom_msg({"type": "edit", "edits": [merge], "revision": revision}, [])
    timeline._handle_custom_msg({"type": "undo"}, [])
    assert [message["type"] for message in said] == ["settled", "refused", "settled"]
    assert plan.read_bytes() == before
    assert len(timeline.board["shots"]) == len(shots)


def test_a_song_travels_small_and_keeps_its_time(tmp_path):
    path = song(tmp_path / "song.wav", 3.0, bpm=60.0)
    kind, _, content = address(path).partition(",")
    assert kind == "data:audio/mp4;base64"
    coded = b64decode(content)
    assert len(coded) < path.stat().st_size / 4
    with av.open(io.BytesIO(coded)) as container:
        frames = list(container.decode(audio=0))
        rate = frames[0].sample_rate
        first = round(float(frames[0].pts * frames[0].time_base) * rate)
        heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])[max(-first, 0) :]
    assert len(heard) / rate == pytest.approx(3.0, abs=1024 / 48_000)
    # The second click is one second after the first.
    loud = np.flatnonzero(np.abs(heard[round(0.9 * rate) : round(1.1 * rate)]) > 0.25)
    assert loud[0] / rate == pytest.approx(0.1, abs=0.003)
