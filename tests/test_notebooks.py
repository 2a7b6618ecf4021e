"""The notebooks are as they were written, and run in a kernel from nothing, cell by cell."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from typer.testing import CliRunner

from songreel.cli.main import app
from songreel.sound.pcm import write_wav
from support.html import Page
from support.songs import CHORUS, VERSE, Passage, compose

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
SIZE = "90"


@dataclass(frozen=True)
class Expected:
    """What a notebook's outputs are to hold, once it has run."""

    cards: tuple[str, ...]
    """Words, each in a card of its own, in this order."""
    bars: int
    """Progress bars."""
    videos: int = 0
    sounds: int = 0
    plots: int = 0
    timelines: int = 0
    films: int = 0
    """That are in sync."""


EXPECTED = {
    "1_hearing": Expected(("120.0 BPM", "clicks.wav", "heard.png"), bars=1, sounds=1, plots=1),
    "2_storyboard": Expected(("shots", "neon-night"), bars=0),
    "3_pictures": Expected(("aurora", "clips", "quote", "budget", "takes"), bars=2, videos=1),
    "4_assembly": Expected(("cut 90", "edit", "cuts", "cut 90"), bars=2, videos=2, films=3),
    "client": Expected(("studio", "shots", "from a notebook.mp4", "closed"), bars=1, videos=1),
    "own_effect": Expected(("slip 90",), bars=2, videos=1, plots=1, films=1),
    "own_provider": Expected(
        ("every promise is kept", "1 of 10 promises are broken", "rings 90",
         "not asked: it would cost money", "USD"), bars=1, videos=1, films=1,
    ),
    "song_to_film": Expected(
        ("120.0 BPM", "shots", "song to film 90", "cuts"), bars=2, videos=1, timelines=1, films=2
    ),
    "sound": Expected(
        ("3 cues", "by builtin", "the garden gate 90", "all of it came", "mixed.mp4"),
        bars=3, videos=3, sounds=1, films=1,
    ),
}  # fmt: skip


def test_every_notebook_is_run():
    assert {path.stem for path in NOTEBOOKS} == set(EXPECTED)


@named
def test_a_notebook_is_stored_without_outputs_and_names_no_place(path):
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    assert not re.search(r"(?<![\w.:/])/(home|Users|root|tmp|work|mnt)/|[A-Z]:\\\\", text)


@named
def test_a_notebook_begins_with_what_it_is_about_and_tells_before_it_does(path):
    cells = nbformat.read(path, as_version=4).cells
    nbformat.validate(nbformat.read(path, as_version=4))
    assert cells[0].source.startswith("# ")
    runs = "".join("m" if cell.cell_type == "markdown" else "c" for cell in cells)
    assert "ccc" not in runs
    for cell in cells:
        if cell.cell_type == "code":
            compile(TransformerManager().transform_cell(cell.source), path.name, "exec")


@named
def test_links_between_notebooks_lead_somewhere(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([\w.-]+\.ipynb)\)|\]\((\w+)\)", cell.source):
                name = target[0] or target[1]
                assert (FOLDER / name).is_file(), name


@pytest.fixture(scope="session")
def song(tmp_path_factory):
    """Sixteen seconds with a quiet and a loud half."""
    passages = (
        Passage("B", 4, VERSE, drums=0.3, bass=0.2, pad=0.08, lead=0.05),
        Passage("C", 4, CHORUS, drums=0.7, bass=0.4, pad=0.22, lead=0.15),
    )
    made = compose(passages).sound
    path = tmp_path_factory.mktemp("notebooks") / "sixteen seconds.wav"
    write_wav(path, made.samples, made.track.sample_rate)
    return path


@pytest.fixture(scope="session")
def plan(song):
    """What the command plans for the song, by ears of its own: the workspace is another."""
    path = song.parent / "plan.json"
    asked = ["plan", str(song), "--look", "neon-night", "--seed", "7", "--output", str(path)]
    done = CliRunner().invoke(app, ["--workspace", str(song.parent / "command"), *asked])
    assert done.exit_code == 0
    return path.read_bytes()


PLANS = {
    "2_storyboard": "films/plan.json",
    "song_to_film": "films/song to film 90/plan.json",
    "client": "films/workspace/projects/*/earlier plans/001/before.json",
}
"""By notebook, where it has planned what the command plans too: by the services, by a film's whole
way, and by a job of the studio (its plan before it was edited)."""


@pytest.mark.slow
@named
def test_a_notebook_runs_from_nothing(path, song, plan, tmp_path, monkeypatch):
    monkeypatch.setenv("SONGREEL_NOTEBOOK_SONG", str(song))
    monkeypatch.setenv("SONGREEL_NOTEBOOK_SIZE", SIZE)
    # Songs are heard once for all notebooks, as they are for a reader.
    monkeypatch.setenv("SONGREEL_WORKSPACE", str(song.parent / "workspace"))
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path / "none"))
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()

    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    told = "".join(one.text for one in outputs if one.output_type == "stream")
    assert not [one for one in outputs if one.get("name") == "stderr"], told
    shown = [one.data for one in outputs if "data" in one]
    pages = [Page(data["text/html"]) for data in shown if "text/html" in data]
    wanted = EXPECTED[path.stem]
    assert len(pages) == len(wanted.cards)
    for page, words in zip(pages, wanted.cards, strict=True):
        assert words in page.text
    assert all(len(data["text/plain"]) < 400 for data in shown)
    assert sum(len(page.all("video")) for page in pages) == wanted.videos
    assert sum(len(page.all("audio")) for page in pages) == wanted.sounds
    assert sum("in sync" in page.text for page in pages) == wanted.films
    assert sum("image/png" in data for data in shown) == wanted.plots
    widgets = [data["application/vnd.jupyter.widget-view+json"]["model_id"]
               for data in shown if "application/vnd.jupyter.widget-view+json" in data]  # fmt: skip
    kept = notebook.metadata.get("widgets", {})
    state = kept.get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    kinds = [state[one].model_name for one in widgets]
    assert kinds.count("HBoxModel") == wanted.bars
    assert kinds.count("AnyModel") == wanted.timelines
    assert [one for one in state.values() if one.model_name == "FloatProgressModel"
            and one.state.get("bar_style") != "success"] == []  # fmt: skip
    if path.stem in PLANS:
        (made,) = tmp_path.glob(PLANS[path.stem])
        assert made.read_bytes() == plan
