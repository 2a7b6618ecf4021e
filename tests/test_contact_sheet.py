"""Every shot on one sheet: its pictures, its words, where it is."""

from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from songreel.assembly.conform import conform, segment_path
from songreel.assembly.edit import edit
from songreel.assembly.mux import mux
from songreel.assembly.segments import pieces
from songreel.assembly.sheet.gather import gather
from songreel.assembly.sheet.page import page
from songreel.assembly.sheet.paper import PAGE, WIDTH, paper, picture_width
from songreel.models.progress import silent
from songreel.models.render import RenderSpec
from support.edits import SOUND, plan
from support.films import CUT, film, song, storyboard

SPEC = RenderSpec(width=320, height=180, rate=Fraction(24))


def sheet_of(board, spec=SPEC, width=80, film=None, sources=None):
    return gather(board, spec, title="Ночь & 夜 <x>", width=width, film=film,
                  sources=sources or {}, progress=silent)  # fmt: skip


def test_without_film_or_clips_the_pictures_are_drawn_and_it_is_said():
    sheet = sheet_of(plan())
    assert sheet.pictures == "Pictures drawn from the plan: the camera's start and end."
    assert [group.name for group in sheet.groups] == ["Verse 1", "Chorus", "Verse 2"]
    entries = [entry for group in sheet.groups for entry in group.entries]
    assert [entry.number for entry in entries] == list(range(1, 11))
    assert entries[2].begins == "crossfade"
    assert entries[3].place == "3:1"
    assert all(one.shape == (44, 80, 3) for entry in entries for one in entry.pictures)


def test_pictures_are_the_films_where_there_is_one(tmp_path):
    made = film(tmp_path, song(2.0), [0.0, 0.75, 1.5], [CUT, CUT, CUT])
    timeline = edit(made.storyboard, made.clips, made.spec)
    segments = pieces(timeline, made.spec)
    for segment in segments:
        conform(segment, tmp_path, tmp_path / "segments", lambda: None)
    paths = [segment_path(tmp_path / "segments", segment) for segment in segments]
    mux(paths, made.sound, made.spec, timeline.frames, tmp_path / "film.mp4", silent)
    board = made.storyboard
    moved = board.model_copy(update={"shots": (board.shots[0].model_copy(update={"locked": True}),
                                               *board.shots[1:])})  # fmt: skip
    sheet = sheet_of(moved, made.spec, 128, film=(tmp_path / "film.mp4", timeline))
    assert sheet.pictures == "Pictures from the film."
    entries = sheet.groups[0].entries
    assert entries[0].marks == ("locked",)
    first = entries[0].pictures[0].astype(float).mean(axis=2)
    for other in entries[1:]:  # clips have bits of their own
        assert np.abs(other.pictures[0].astype(float).mean(axis=2) - first).mean() > 10


def test_pictures_come_from_clips_where_no_film_is(tmp_path):
    made = film(tmp_path, song(2.0), [0.0, 1.0], [CUT, CUT])
    clip = tmp_path / "clips" / made.clips["s01"].file
    sheet = sheet_of(made.storyboard, made.spec, sources={"s01": clip})
    assert sheet.pictures == (
        "Pictures of 2 shots: 1 from clips and photos that are there, "
        "1 drawn from the plan: the camera's start and end."
    )


@pytest.mark.parametrize("name", ["sheet.png", "sheet.pdf"])
def test_two_hundred_shots_are_one_picture_or_pages_of_a4(tmp_path, name):
    many = storyboard(SOUND, [k * 0.12 for k in range(200)])
    sheet = sheet_of(many, width=picture_width(16 / 9) // 8)
    pages = paper(sheet, tmp_path / name)
    if name.endswith(".pdf"):
        assert pages > 3
        assert (tmp_path / name).read_bytes().startswith(b"%PDF")
    else:
        assert pages == 1
        with Image.open(tmp_path / name) as opened:
            assert opened.width == WIDTH
            assert PAGE < opened.height < 2**16
            assert round(opened.info["dpi"][0]) == 300


class Read(HTMLParser):
    """Texts and sources of pictures of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.images: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "img":
            self.images.append(values["src"])
        self.links += [values[name] for name in ("href", "src") if name in values and tag != "img"]

    def handle_data(self, data):
        self.texts.append(data.strip())


def test_the_page_holds_all_it_needs(tmp_path):
    page(sheet_of(plan()), tmp_path / "sheet.html")
    read = Read()
    read.feed((tmp_path / "sheet.html").read_text(encoding="utf-8"))
    assert "Ночь & 夜 <x>" in read.texts
    assert len(read.images) == 20
    assert all(source.startswith("data:image/jpeg;base64,") for source in read.images)
    assert read.links == []
    assert any('Nacht & "Nebel" <4> à 雨' in text for text in read.texts)
