"""A project as one file: everything comes back, and nothing that is hostile gets in."""

import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from songreel.archive import pack
from songreel.models.archive import INDEX, ArchiveIndex, fits_everywhere
from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import sha256_of
from songreel.models.overlay import CaptionStyle
from songreel.models.storyboard import Storyboard
from songreel.project import Project, ProjectFile
from songreel.unarchive import unpack
from support.films import song, storyboard

SONG = b"RIFF....WAVE of nobody's"


@pytest.fixture
def project(tmp_path) -> Project:
    """A planned project with a clip's file, an earlier plan, a link out, and leavings."""
    source = tmp_path / "Änn's sång.wav"
    source.write_bytes(SONG)
    made = Project.start(tmp_path / "film", source, sha256_of(source))
    outside = tmp_path / "elsewhere" / "face.png"
    outside.parent.mkdir()
    outside.write_bytes(b"a face")
    plan = storyboard(song(6.0), [0.0, 2.0, 4.0])
    shots = (
        plan.shots[0].model_copy(update={"start_image": str(outside)}),
        plan.shots[1].model_copy(update={"references": ("gone.png",)}),
        plan.shots[2],
    )
    plan.model_copy(update={"shots": shots}).save(made.plan)
    (made.clips).mkdir()
    (made.clips / "s01.mp4").write_bytes(os.urandom(100_000))
    (made.folder / "segments").mkdir()
    (made.folder / "segments" / "a.mp4").write_bytes(b"made again")
    made.shown.mkdir()
    (made.shown / "plan-s01.jpg").write_bytes(b"drawn again")
    (made.plans / "001").mkdir(parents=True)
    (made.plans / "001" / "before.json").write_text("{}")
    (made.folder / "passwords").symlink_to(tmp_path / "elsewhere" / "face.png")
    footage = tmp_path / "my clips"
    footage.mkdir()
    (footage / "sea.mp4").write_bytes(b"the sea")
    (footage / ".hidden").write_bytes(b"no")
    made.change(footage=str(footage))
    return made


def test_everything_comes_back(project, tmp_path):
    packed = pack(project)
    assert packed.path == tmp_path / "film.songreel.zip"
    assert len(packed.index.left_out) == 2  # the link and the image that is gone

    again, notices = unpack(packed.path, tmp_path / "other" / "place")

    assert again.state.id == project.state.id
    assert again.song.read_bytes() == SONG
    assert again.state.song == project.state.song
    for name in ("clips/s01.mp4", "earlier plans/001/before.json"):
        assert (again.folder / name).read_bytes() == (project.folder / name).read_bytes()
    assert not (again.folder / "segments").exists()
    assert not again.shown.exists()
    assert not (again.folder / "passwords").exists()
    assert again.state.footage == str(again.folder / "footage")
    assert [path.name for path in (again.folder / "footage").iterdir()] == ["sea.mp4"]
    image = Storyboard.load(again.plan).shots[0].start_image
    assert image is not None
    assert (again.folder / image).read_bytes() == b"a face"
    assert set(packed.index.left_out) <= set(notices)


def test_a_project_that_only_lies_in_its_folder_comes_back_byte_for_byte(tmp_path):
    source = tmp_path / "song.wav"
    source.write_bytes(SONG)
    made = Project.start(tmp_path / "film", source, sha256_of(source))
    storyboard(song(6.0), [0.0, 2.0]).save(made.plan)
    before = _files(made.folder)
    again, notices = unpack(pack(made).path, tmp_path / "again")
    assert _files(again.folder) == before
    assert notices == ()


def test_what_a_killed_unpacking_left_goes_after_a_day(project, tmp_path):
    path = pack(project).path
    old, new = (tmp_path / f".again.{n}.unpacking" for n in ("00000000", "11111111"))
    for left in (old, new):
        (left / "clips").mkdir(parents=True)
    os.utime(old, (0, 0))
    unpack(path, tmp_path / "again")
    assert (old.exists(), new.exists()) == (False, True)


def test_a_clip_that_is_taken_away_while_it_is_packed_is_one_sentence(project):
    """Somebody deletes what lies in the folder; the project is held, but a folder is a folder."""
    for moment in ("reading the project", "packing"):

        def gone(what: str, _: float, moment: str = moment) -> None:
            if what == moment:
                (project.clips / "s01.mp4").unlink(missing_ok=True)

        with pytest.raises(MachineError, match=r"cannot read .*/clips/s01.mp4: No such file"):
            pack(project, progress=gone)
        assert not list(project.folder.parent.glob("film.songreel.zip*"))
        (project.clips / "s01.mp4").write_bytes(b"there again")


def test_as_new_it_has_an_id_of_its_own(project, tmp_path):
    packed = pack(project, footage=False)
    again, notices = unpack(packed.path, tmp_path / "again", anew=True)
    assert again.state.id not in ("", project.state.id)
    assert again.state.footage is None
    assert any("footage" in text for text in notices)


def test_nothing_is_overwritten_unasked(project, tmp_path):
    path = pack(project).path
    with pytest.raises(InvalidInput, match="exists; .* add --force"):
        pack(project)
    with pytest.raises(InvalidInput, match="is a folder"):
        pack(project, tmp_path, force=True)
    pack(project, force=True)
    with pytest.raises(InvalidInput, match="exists; choose another folder"):
        unpack(path, tmp_path / "film")
    with pytest.raises(InvalidInput, match="inside the project"):
        pack(project, project.folder / "all.songreel")


@pytest.mark.skipif(os.name == "nt", reason="Windows takes no such names")
@pytest.mark.parametrize("name", ["Who are you?: live.wav", "AUX.wav", '"so".wav', "a\\b.wav"])
def test_names_that_not_every_system_takes_come_back_where_they_were_taken(tmp_path, name):
    source = tmp_path / "song.wav"
    source.write_bytes(SONG)
    made = Project.start(tmp_path / "film", source, sha256_of(source), name=name)
    (made.folder / "notes").mkdir()
    for number, same in enumerate(("Take.txt", "take.txt", "take 2.txt", "TAKE?.txt")):
        (made.folder / "notes" / same).write_text(str(number))
    before = _files(made.folder)
    packed = pack(made)
    assert all(fits_everywhere(file.path) for file in packed.index.files)
    folded = [file.path.casefold() for file in packed.index.files]
    assert len(set(folded)) == len(folded)
    again, notices = unpack(packed.path, tmp_path / "again")
    assert _files(again.folder) == before
    assert notices == ()


def test_names_that_lead_out_are_refused_also_as_what_a_file_is_called(project, tmp_path):
    path = pack(project).path
    for name in ("../evil", "/etc/evil", "a//b", "a/.", "bad\nname", "x" * 300, "clips/all.m3u8"):
        forged = _forged(path, lambda index, name=name: index | {"names": {"clips/s01.mp4": name}})
        _refused(forged, tmp_path, "does not lie in|leads out|list of other files")
        forged.unlink()
    over = _forged(path, lambda index: index | {"names": {"clips/s01.mp4": "project.json"}})
    _refused(over, tmp_path, "File exists")


def test_a_file_whose_name_cannot_be_written_down_is_left_out_and_told(project):
    (project.clips / "tab\t.txt").write_text("x")
    packed = pack(project)
    assert any("cannot be written down" in text for text in packed.index.left_out)
    assert unpack(packed.path, project.folder.parent / "again").project.state.id == project.state.id


def test_no_archive_is_made_without_its_song(project):
    project.song.unlink()
    with pytest.raises(InvalidInput, match="without it an archive would be none"):
        pack(project)


def test_more_files_than_an_archive_holds_are_refused_before_they_are_read(project, monkeypatch):
    monkeypatch.setattr("songreel.archive.MOST_FILES", 3)
    with pytest.raises(InvalidInput, match="and an archive holds 3; pack it without its footage"):
        pack(project)


def test_a_project_at_work_is_not_packed(project):
    with project.held(), pytest.raises(InvalidInput, match="at work"):
        pack(project)


def test_a_link_that_leads_nowhere_is_told(project):
    (project.clips / "s01.mp4").unlink()
    (project.clips / "s01.mp4").symlink_to(project.clips / "s01.mp4")
    assert any("leads nowhere" in text for text in pack(project).index.left_out)


def test_a_file_that_changes_meanwhile_leaves_no_archive(project):
    def changed(what: str, _: float) -> None:
        if what == "packing":
            project.file.write_text(project.file.read_text() + " ")

    with pytest.raises(MachineError, match="was changed while it was packed"):
        pack(project, progress=changed)
    assert not list(project.folder.parent.glob("film.songreel.zip*"))


HOSTILE_NAMES = [
    "../evil", "clips/../../evil", "/etc/evil", "C:/evil", "clips\\..\\evil", "a//b", "./a", "a/.",
    "NUL", "aux.txt", "bad\nname", "dot.", "space ", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_that_lead_out_are_refused(project, tmp_path, name):
    path = _forged(pack(project).path, lambda index: _renamed(index, name))
    _refused(path, tmp_path, "does not lie in a project's folder")


def test_names_that_differ_by_case_alone_are_refused(project, tmp_path):
    path = _forged(pack(project).path, lambda index: _renamed(index, "PROJECT.json"))
    _refused(path, tmp_path, "twice")


def test_a_longer_file_than_declared_is_refused(project, tmp_path):
    def shorter(index: dict) -> dict:
        index["files"][0]["size"] -= 1
        return index

    _refused(_forged(pack(project).path, shorter), tmp_path, "not as long as")


def test_another_content_than_declared_is_refused(project, tmp_path):
    def other(index: dict) -> dict:
        index["files"][0]["sha256"] = "0" * 64
        return index

    _refused(_forged(pack(project).path, other), tmp_path, "damaged or not what it claims")


def test_a_document_that_points_outside_is_refused(project, tmp_path):
    for field, value in (("title", "../../evil"), ("song", "/etc/passwd"), ("song", "../x")):
        text = json.loads(project.file.read_text())
        path = _packed_with(project, tmp_path, "project.json", json.dumps(text | {field: value}))
        _refused(path, tmp_path, "cannot be read|leads out")


def test_images_outside_are_not_taken_from_this_machine(project, tmp_path):
    """Somebody else's plan must not have a local file sent to a service."""
    path = _forged(pack(project).path, lambda index: index | {"images": {}})
    again, notices = unpack(path, tmp_path / "again")
    assert Storyboard.load(again.plan).shots[0].start_image is None
    assert any("face.png is not in the archive" in text for text in notices)


@pytest.mark.parametrize("name", ["before.json", "after.json", "edited.json"])
def test_nor_are_those_that_undoing_would_bring_back(project, tmp_path, name):
    private = str(tmp_path / "private.png")
    plan = Storyboard.load(project.plan)
    shot = plan.shots[0].model_copy(update={"end_image": private, "references": ("../x.png",)})
    hostile = plan.model_copy(update={"shots": (shot, *plan.shots[1:])})
    hostile.save(project.plans / "001" / name)
    again, notices = unpack(pack(project).path, tmp_path / "again")
    shot = Storyboard.load(again.plans / "001" / name).shots[0]
    assert (shot.end_image, shot.references) == (None, ())
    assert any(private in text for text in notices)


def test_captions_keep_their_font_and_read_no_file_of_this_machine(project, tmp_path):
    ours = tmp_path / "ours" / "Mine.ttf"
    ours.parent.mkdir()
    ours.write_bytes(b"a font")
    plan = Storyboard.load(project.plan)
    plan.model_copy(update={"captions": CaptionStyle(font=str(ours))}).save(project.plan)
    packed = pack(project).path
    again, _ = unpack(packed, tmp_path / "again")
    captions = Storyboard.load(again.plan).captions
    assert captions is not None
    assert captions.font == str(again.folder / "fonts" / "Mine.ttf")
    assert Path(captions.font).read_bytes() == b"a font"

    ours.unlink()
    for name in (str(ours), "C:\\Windows\\Mine.ttf", "\\\\evil\\share\\Mine.ttf", "..", "fonts/.."):
        hostile = plan.model_copy(update={"captions": CaptionStyle(font=name)})
        hostile.save(project.plan)
        again, notices = unpack(pack(project, force=True).path, tmp_path / str(len(name)))
        captions = Storyboard.load(again.plan).captions
        assert captions is not None
        assert captions.font is None
        assert any("the font" in text for text in notices)


def test_lists_of_other_files_are_neither_packed_nor_unpacked(project, tmp_path):
    """FFmpeg would show what they name: files of whoever unpacks them."""
    listing = "\ufeff#EXTM3U\n#EXTINF:2,\n/home/me/private.ts\n"
    (project.clips / "notes.txt").write_text("a note")
    (tmp_path / "my clips" / "all.m3u8").write_text(listing)
    (project.folder / "song" / "x.M3U8").write_text(listing)
    packed = pack(project)
    names = {file.path for file in packed.index.files}
    assert not any(name.lower().endswith(".m3u8") for name in names)
    assert "song/x.M3U8 is a list of other files" in packed.index.left_out
    named = _forged(packed.path, lambda index: _renamed(index, "clips/s02.m3u8"))
    _refused(named, tmp_path, "list of other files")
    (project.folder / "song" / "x.M3U8").unlink()
    _refused(_packed_with(project, tmp_path, "clips/notes.txt", listing), tmp_path, "list of other")


def test_an_id_that_is_none_is_not_taken_over(project, tmp_path):
    text = json.loads(project.file.read_text()) | {"id": "../../x"}
    path = _packed_with(project, tmp_path, "project.json", json.dumps(text))
    again, _ = unpack(path, tmp_path / "again")
    assert len(again.state.id) == 32


def test_weights_on_another_machine_of_the_network_are_not_asked_for(project, tmp_path):
    """Windows would send its user's password hash there."""
    local = {"loras": [{"path": "\\\\evil\\share\\x.safetensors"}]}
    text = json.loads(project.file.read_text()) | {"local": local}
    path = _packed_with(project, tmp_path, "project.json", json.dumps(text))
    again, notices = unpack(path, tmp_path / "again")
    assert again.state.local.loras == ()
    assert any("weights" in text for text in notices)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"kind": "songreel.project", "version": 1, "x": ' + "[" * 900 + "]" * 900 + "}",
        '{"kind": "songreel.project", "version": ' + "9" * 5000 + "}",
    ],
)
def test_documents_nested_without_end_are_refused_in_a_sentence(project, tmp_path, text):
    with pytest.raises(InvalidInput, match="nested so deep|too many digits|not permitted"):
        ProjectFile.from_json(text)
    path = _packed_with(project, tmp_path, "project.json", text)
    _refused(path, tmp_path, "can be read")


def test_a_link_in_an_archive_comes_out_as_no_link(project, tmp_path):
    path = pack(project).path
    forged = tmp_path / "forged.songreel.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(forged, "w") as new:
        for info in old.infolist():
            if info.filename == "clips/s01.mp4":
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            new.writestr(info, old.read(info.filename))
    again, _ = unpack(forged, tmp_path / "again")
    assert not (again.clips / "s01.mp4").is_symlink()


def test_what_does_not_fit_the_disk_is_refused_before_anything_is_written(
    project, tmp_path, monkeypatch
):
    path = pack(project).path
    room = shutil.disk_usage(tmp_path)._replace(free=300 * 2**20 + 50_000)  # the clip has 100 kB
    monkeypatch.setattr("songreel.unarchive.SPARE", 300 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    _refused(path, tmp_path, "make room")


def test_a_file_that_is_longer_than_it_says_is_cut_off(project, tmp_path):
    """A bomb says that it is small; no byte more than declared is written."""
    path = pack(project).path
    raw = bytearray(path.read_bytes())
    wanted = (200_000).to_bytes(4, "little")
    real = (100_000).to_bytes(4, "little")
    assert raw.count(real) >= 2
    path.write_bytes(bytes(raw).replace(real, wanted))
    _refused(path, tmp_path, "not as long as|damaged")


@pytest.mark.parametrize("cut", [0, 10, 5000, -30])
def test_no_archive_and_half_an_archive_are_said_to_be_so(project, tmp_path, cut):
    path = pack(project).path
    broken = tmp_path / "broken.songreel.zip"
    broken.write_bytes(path.read_bytes()[:cut] if cut else b"RIFF no zip at all")
    _refused(broken, tmp_path, "broken.songreel.zip is no songreel archive|damaged")


def test_a_zip_of_something_else_is_said_to_be_so(tmp_path):
    path = tmp_path / "holiday.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("beach.jpg", b"sand")
    _refused(path, tmp_path, "is no songreel archive")


def test_what_is_no_archive_is_said_to_be_so_before_where_it_would_go(tmp_path):
    text = tmp_path / "again"
    text.write_text("not packed")
    _refused(text, tmp_path, "again is no songreel archive")
    _refused(tmp_path, tmp_path, "is a folder, and no archive")
    _refused(tmp_path / "gone.zip", tmp_path, "gone.zip is not there")


@pytest.mark.parametrize("name", ["../x.mp4", "/etc/passwd", "a/../../b", "..\\b", "x\0y"])
def test_documents_name_no_file_outside_their_folder(name):
    with pytest.raises(ValueError, match="leads out"):
        Clip.__pydantic_validator__.validate_assignment(Clip.model_construct(), "file", name)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def _refused(path: Path, folder: Path, why: str) -> None:
    before = set(folder.rglob("*"))
    with pytest.raises((InvalidInput, MachineError), match=why):
        unpack(path, folder / "again")
    assert set(folder.rglob("*")) == before, "something stayed"


def _renamed(index: dict, name: str) -> dict:
    index["files"][-1]["path"] = name
    return index


def _forged(path: Path, change) -> Path:
    """The archive with another table of contents, and its files called as that says."""
    forged = path.with_name("forged.songreel.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(forged, "w") as new:
        members = old.infolist()
        index = change(json.loads(old.read(INDEX)))
        new.writestr(INDEX, json.dumps(index))
        for info, file in zip(members[1:], index["files"], strict=True):
            new.writestr(file["path"], old.read(info.filename))
    return forged


def _packed_with(project: Project, folder: Path, name: str, text: str) -> Path:
    """An archive in which one file holds `text`, its hash being right."""
    source = folder / "changed"
    source.write_text(text)
    original = pack(project, force=True).path
    forged = folder / "forged.songreel.zip"
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(forged, "w") as new:
        index = json.loads(old.read(INDEX))
        for file in index["files"]:
            if file["path"] == name:
                file |= {"size": source.stat().st_size, "sha256": sha256_of(source)}
        assert ArchiveIndex.from_json(json.dumps(index)).project
        new.writestr(INDEX, json.dumps(index))
        for file in index["files"]:
            path = file["path"]
            new.writestr(path, text if path == name else old.read(path))
    return forged
