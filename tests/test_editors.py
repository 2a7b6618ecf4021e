"""Editing programs' files, read back by readers that are not ours."""

import itertools
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree as Xml

import pytest

from songreel.assembly.check import check
from songreel.assembly.edit import edit
from songreel.assembly.exports.chapters import Chapter, ffmetadata, youtube
from songreel.assembly.exports.edl import edl, marker_list
from songreel.assembly.exports.events import EditList
from songreel.assembly.exports.fcpxml import fcpxml
from songreel.assembly.exports.otio import otio
from songreel.assembly.exports.timecode import DROP_RATES, Timecode
from songreel.assembly.render import render
from songreel.models.errors import InvalidInput
from songreel.models.progress import silent
from songreel.models.timebase import RATES, frame_at
from support.edits import BEAT, film, plan
from support.films import film as small_film
from support.films import song

library = pytest.importorskip("opentimelineio")
pycmx = pytest.importorskip("pycmx")

every_rate = pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
PROJECT = Path("/films/Ma chanson & été.songreel")


def starts(made: EditList) -> list[int]:
    return [event.cut.start for event in made.events]


@every_rate
def test_opentimelineio_reads_the_same_cut_frames(rate):
    made = film(rate, PROJECT)
    read = library.adapters.read_from_string(otio(made), "otio_json")
    video, audio = read.tracks
    clips = [item for item in video if isinstance(item, library.schema.Clip)]
    found = [video.range_of_child(clip).start_time for clip in clips]
    assert [time.rescaled_to(float(rate)).value for time in found] == pytest.approx(starts(made))
    length = video.duration().rescaled_to(float(rate)).value
    assert length == pytest.approx(made.timeline.frames)
    assert [clip.source_range.start_time.value for clip in clips] == pytest.approx(
        [event.cut.source for event in made.events]
    )
    song = audio[0].source_range.duration
    assert (song.value, song.rate) == (made.song.samples, made.song.sample_rate)


def test_opentimelineio_keeps_transitions_speeds_sizes_and_what_a_shot_is():
    made = film(Fraction(24), PROJECT)
    read = library.adapters.read_from_string(otio(made), "otio_json")
    video = read.tracks[0]
    soft = {
        video[i + 1].name: (item.transition_type, item.in_offset.value, item.out_offset.value)
        for i, item in enumerate(video)
        if isinstance(item, library.schema.Transition)
    }
    assert soft == {
        "s02": ("SMPTE_Dissolve", 5, 5),
        "s04": ("Custom_Transition", 6, 6),
        "s05": ("SMPTE_Dissolve", 6, 6),
        "s08": ("SMPTE_Dissolve", 5, 5),
    }
    by_name = {clip.name: clip for clip in video if isinstance(clip, library.schema.Clip)}
    assert by_name["s01"].effects[0].time_scalar == pytest.approx(1.2)
    available = by_name["s03"].media_reference.available_range
    assert (available.duration.value, available.duration.rate) == (500, 25)
    about = by_name["s02"].metadata["songreel"]
    assert about["prompt"] == 'Nacht & "Nebel" <2> à 雨'
    assert about["section"] == "A verse"
    assert about["path"] == "clips/s02 & é雨.mp4"


def test_media_is_found_by_file_url_or_beside_the_file():
    made = film(Fraction(24), PROJECT)
    absolute = library.adapters.read_from_string(otio(made), "otio_json")
    url = absolute.tracks[0][0].media_reference.target_url
    assert url.startswith("file:///")
    assert Path(unquote(urlparse(url).path)) == PROJECT / "clips/s00 & é雨.mp4"
    beside = library.adapters.read_from_string(otio(made, PROJECT / "editors"), "otio_json")
    relative = beside.tracks[0][0].media_reference.target_url
    assert unquote(relative) == "../clips/s00 & é雨.mp4"


def read_edl(text: str, rate: Fraction, tmp_path: Path, drop: bool = False):
    """(cut frames, lengths of dissolves, source frames) by pycmx."""
    path = tmp_path / "film.edl"
    path.write_text(text)
    with path.open() as file:
        listed = pycmx.parse_cmx3600(file)
    code = Timecode(rate, drop)
    cuts, soft, source = [], {}, []
    for event in listed.events:
        shot = event.edits[-1]
        if not shot.channels.video:
            continue
        length = int(shot.transition.operand) if shot.transition.dissolve else 0
        if length:
            soft[len(cuts)] = length
        cuts.append(code.frame(shot.record_in) - code.hour + length // 2)
        source.append(code.frame(shot.source_in) + length // 2)
    return cuts, soft, source


@every_rate
def test_pycmx_reads_the_same_cut_frames(rate, tmp_path):
    made = film(rate, PROJECT)
    cuts, soft, source = read_edl(edl(made), rate, tmp_path)
    assert cuts == starts(made)
    n = {i: made.events[i].cut.transition_frames for i in (2, 5, 8)}
    assert soft == n
    assert source == [event.cut.source for event in made.events]


@pytest.mark.parametrize("rate", DROP_RATES[:1])
def test_drop_frame_counts_the_same_frames(rate, tmp_path):
    made = film(rate, PROJECT)
    text = edl(made, drop=True)
    assert "FCM: DROP FRAME" in text
    assert read_edl(text, rate, tmp_path, drop=True)[0] == starts(made)


@every_rate
def test_the_edl_adapter_of_opentimelineio_reads_the_same_cut_frames(rate):
    cmx = pytest.importorskip("otio_cmx3600_adapter.cmx_3600")
    made = film(rate, PROJECT)
    nominal = Timecode(rate).nominal
    read = cmx.read_from_string(edl(made), rate=nominal)
    video = next(track for track in read.tracks if track.kind == library.schema.TrackKind.Video)
    cuts = []
    for i, item in enumerate(video):
        if isinstance(item, library.schema.Clip):
            before = video[i - 1] if i else None
            soft = isinstance(before, library.schema.Transition)
            length = before.out_offset.value if soft else 0
            cuts.append(video.range_of_child(item).start_time.value + length // 2)
    assert cuts == starts(made)
    clips = [item for item in video if isinstance(item, library.schema.Clip)]
    assert clips[1].effects[0].time_scalar == pytest.approx(1.2, abs=0.05 / nominal)
    sections = [m.name for clip in clips for m in clip.markers if m.color == "GREEN"]
    assert sections == ["Verse 1", "Chorus", "Verse 2"]
    assert {track.name for track in read.tracks} == {"V", "A1", "A2"}


def test_reels_are_short_plain_and_their_own():
    lines = [line for line in edl(film(Fraction(25), PROJECT)).splitlines() if line[:1].isdigit()]
    reels = [line[5:13].strip() for line in lines]
    assert all(reel.isalnum() and reel.isascii() and len(reel) <= 8 for reel in reels)
    assert len(set(reels)) == 11
    assert all(len(line) <= 80 for line in lines)


def test_more_events_than_an_edl_holds_are_refused():
    made = film(Fraction(24), PROJECT)
    many = EditList(**{**made.__dict__, "events": made.events * 101})
    with pytest.raises(InvalidInput, match=r"holds 999 events, this film has 1010 shots"):
        edl(many)


def test_drop_frame_is_refused_where_there_is_none():
    with pytest.raises(InvalidInput, match=r"for 29\.97 fps, this film has 23\.976"):
        edl(film(RATES["23.976"], PROJECT), drop=True)


@pytest.mark.parametrize(
    ("rate", "drop", "frame", "text"),
    [
        ("29.97", True, 1799, "00:00:59;29"),
        ("29.97", True, 1800, "00:01:00;02"),  # SMPTE ST 12-1: numbers 0 and 1 are left out
        ("29.97", True, 17982, "00:10:00;00"),
        ("29.97", True, 107892, "01:00:00;00"),
        ("29.97", False, 108000, "01:00:00:00"),
        ("23.976", False, 86400, "01:00:00:00"),
        ("60", False, 59, "00:00:00:59"),
    ],
)
def test_timecode_counts_as_smpte_does(rate, drop, frame, text):
    code = Timecode(RATES[rate], drop)
    assert code.text(frame) == text
    assert code.frame(text) == frame


@pytest.mark.parametrize("rate", DROP_RATES)
def test_drop_frame_goes_there_and_back(rate):
    code = Timecode(rate, drop=True)
    for frame in (*range(0, 40_000, 7), *range(107_000, 108_500)):
        assert code.frame(code.text(frame)) == frame


def seconds(text: str) -> Fraction:
    assert text.endswith("s")
    value = Fraction(text[:-1])
    assert value.denominator < 2**31
    return value


@every_rate
def test_fcpxml_holds_the_same_cut_frames_in_rational_seconds(rate):
    made = film(rate, PROJECT)
    root = Xml.fromstring(fcpxml(made))
    assert root.get("version") == "1.10"
    sequence = root.find("library/event/project/sequence")
    spine = sequence.find("spine")
    clips = [item for item in spine if item.tag == "asset-clip"]
    assert [seconds(clip.get("offset")) * rate for clip in clips] == starts(made)
    ends = [seconds(clip.get("offset")) + seconds(clip.get("duration")) for clip in clips]
    assert [end * rate for end in ends] == [event.cut.end for event in made.events]
    assert seconds(sequence.get("duration")) * rate == made.timeline.frames
    ids = [item.get("id") for item in root.find("resources")]
    assert len(set(ids)) == len(ids)
    form = next(f for f in root.find("resources") if f.get("id") == sequence.get("format"))
    assert seconds(form.get("frameDuration")) == 1 / rate
    assert all(clip.get("ref") in ids for clip in root.iter("asset-clip"))
    soft = {}
    for i, item in enumerate(spine):
        if item.tag == "transition":
            first = seconds(item.get("offset")) * rate
            soft[spine[i + 1].get("name")] = (item.get("name"), first)
    assert soft == {
        name: (kind, made.events[i].cut.start - made.events[i].cut.transition_frames // 2)
        for name, kind, i in (
            ("s02", "Cross Dissolve", 2), ("s04", "Fade To Color", 4),
            ("s05", "Cross Dissolve", 5), ("s08", "Cross Dissolve", 8),
        )
    }  # fmt: skip
    song = clips[0].find("asset-clip")
    assert seconds(song.get("duration")) == made.song.seconds
    assert song.get("offset") == clips[0].get("start")


@every_rate
def test_fcpxml_shows_the_frames_of_the_clip_that_the_film_shows(rate):
    made = film(rate, PROJECT)
    spine = Xml.fromstring(fcpxml(made)).find("library/event/project/sequence/spine")
    clips = [item for item in spine if item.tag == "asset-clip"]
    for event, clip in zip(made.events, clips, strict=True):
        points = [(seconds(p.get("time")), seconds(p.get("value"))) for p in clip.iter("timept")]
        for offset in (0, event.frames // 2, event.frames - 1):
            at = seconds(clip.get("start")) + offset / rate
            value = at
            for (a, low), (b, high) in itertools.pairwise(points):
                if a <= at <= b:
                    value = low + (high - low) * (at - a) / (b - a)
            assert float(value * rate) == pytest.approx(event.cut.shown(offset), abs=2e-3)
    other = clips[3]
    kept = other.find("conform-rate")  # 25 fps in a film of another rate plays at its own speed
    assert kept.get("scaleEnabled") == "0" if rate != 25 else kept is None
    assert other.find("adjust-conform").get("type") == "fill"


def test_fcpxml_marks_sections_as_chapters_and_beats_on_the_song():
    made = film(Fraction(24), PROJECT)
    spine = Xml.fromstring(fcpxml(made)).find("library/event/project/sequence/spine")
    chapters = {}
    for clip in spine.findall("asset-clip"):
        for mark in clip.findall("chapter-marker"):
            into = seconds(mark.get("start")) - seconds(clip.get("start"))
            chapters[mark.get("value")] = (seconds(clip.get("offset")) + into) * 24
    assert chapters == {
        "Verse 1": 0, "Chorus": frame_at(8 * BEAT, Fraction(24)),
        "Verse 2": frame_at(24 * BEAT, Fraction(24)),
    }  # fmt: skip
    song = spine.find("asset-clip/asset-clip")
    beats = [seconds(mark.get("start")) * 24 for mark in song.findall("marker")]
    assert beats == [frame_at(k * BEAT, Fraction(24)) for k in range(len(beats))]


def test_a_transition_without_pictures_beside_it_is_shorter_and_told():
    made = film(Fraction(24), PROJECT, handle=2)
    short = made.events[2]
    assert short.cut.transition_frames == 10
    assert (short.before, short.after) == (2, 3)
    assert "clips too short for their whole transition" in made.notices[0]
    spine = Xml.fromstring(fcpxml(made)).find("library/event/project/sequence/spine")
    soft = next(item for item in spine if item.tag == "transition")
    assert seconds(soft.get("duration")) * 24 == 5


def test_a_clip_that_ends_early_holds_its_last_picture():
    made = film(Fraction(24), PROJECT, handle=0, seconds=3)
    last = made.events[-1]
    assert last.held == last.frames - 72
    clip = Xml.fromstring(fcpxml(made)).findall(".//spine/asset-clip")[-1]
    values = [seconds(point.get("value")) * 24 for point in clip.iter("timept")]
    assert values[-2:] == [71, 71]
    assert "whose last picture stands" in " ".join(made.notices)


def test_markers_for_resolve_are_one_a_frame():
    made = film(Fraction(24), PROJECT)
    text = marker_list(made)
    names = [line.split("|M:")[1].split(" |")[0] for line in text.splitlines() if "|M:" in line]
    assert names[0] == "Verse 1"
    assert "Chorus" in names
    assert len(names) == len({marker.frame for marker in made.markers})


def test_youtube_chapters_are_ten_seconds_and_start_at_zero():
    board = plan()
    with pytest.raises(InvalidInput, match="make 2; export .ffmeta"):
        youtube(board)
    bounds = (0.0, 4.0, 15.2, 26.0, 40.0, 49.0)
    sections = tuple(
        board.sections[0].model_copy(update={"start": a, "end": b, "label": label})
        for a, b, label in zip(
            bounds, bounds[1:], ("silence", "verse", "chorus", "verse", "outro"), strict=False
        )
    )
    track = board.track.model_copy(update={"samples": 49 * 44100})
    long = board.model_copy(update={"sections": sections, "track": track})
    assert youtube(long) == "0:00 Verse 1\n0:15 Chorus\n0:26 Verse 2\n"


def test_ffmpeg_reads_the_chapters(tmp_path):
    import av

    path = tmp_path / "film.ffmeta"
    path.write_text(ffmetadata(plan(), Fraction(30000, 1001), "a=b; c # d"))
    with av.open(str(path), format="ffmetadata") as container:
        found = container.chapters()
        title = container.metadata["title"]
    assert title == "a=b; c # d"
    rate = Fraction(30000, 1001)
    got = [(c["metadata"]["title"], c["start"] * c["time_base"] * rate) for c in found]
    assert got == [("Verse 1", 0), ("Chorus", frame_at(8 * BEAT, rate)),
                   ("Verse 2", frame_at(24 * BEAT, rate))]  # fmt: skip


@pytest.mark.parametrize("form", ["mp4", "mkv", "mov"])
def test_a_film_carries_its_chapters_and_is_not_longer_for_it(tmp_path, form):
    import av

    made = small_film(tmp_path, song(2.0), [0.0, 0.75, 1.5], form=form)
    timeline = edit(made.storyboard, made.clips, made.spec)
    named = (Chapter(0.0, 0.76, "Intro"), Chapter(0.76, 2.0, "Refrain – 夜"))
    known = {"project": tmp_path, "workers": 1, "progress": silent}
    plain = render(timeline, made.sound, made.spec, output=tmp_path / f"a.{form}", **known)
    told = render(
        timeline, made.sound, made.spec, output=tmp_path / f"b.{form}", chapters=named, **known
    )
    assert plain.fingerprint != told.fingerprint
    with av.open(str(tmp_path / f"b.{form}")) as container:
        found = container.chapters()
    assert [one["metadata"]["title"] for one in found] == ["Intro", "Refrain – 夜"]
    starts = [float(one["start"] * one["time_base"]) for one in found]
    assert starts == pytest.approx([0.0, 18 / 24], abs=0.001)  # MP4 keeps whole milliseconds
    report = check(tmp_path / f"b.{form}", timeline, made.sound, made.spec)
    assert report.ok, report.notices
