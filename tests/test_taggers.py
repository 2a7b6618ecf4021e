"""Taggers as plug-ins, and CLAP with a tiny model of random weights."""

from importlib.metadata import EntryPoint

import numpy as np
import pytest
from scipy.io import wavfile

from songreel.analysis import plugins
from songreel.analysis.analyze import analyze
from songreel.analysis.taggers import tagger as taggers
from songreel.analysis.taggers.clap import GENRES, MOODS, Clap
from songreel.ears import Ears
from songreel.listening import Listening
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.music import Tag
from songreel.settings import Settings
from support.sounds import MemorySound


class Bells:
    """A tagger of somebody else's."""

    name = "bells"
    install = "pip install bells"

    def available(self) -> bool:
        return True

    def tag(self, mono: np.ndarray) -> tuple[Tag, ...]:
        return (Tag(word="bells", score=min(1.0, float(np.abs(mono).max())), source="bells"),)


class Cracked(Bells):
    def __init__(self) -> None:
        raise RuntimeError("no tongue")


@pytest.fixture
def plugged(monkeypatch):
    """Entry points as an installed package would declare them."""

    def plug(**points: str) -> None:
        made = [EntryPoint(name, value, taggers.GROUP) for name, value in points.items()]
        monkeypatch.setattr(plugins, "entry_points", lambda **_: made)

    return plug


def test_a_package_brings_a_tagger_by_its_entry_point(plugged):
    plugged(bells=f"{__name__}:Bells")
    assert taggers.names() == ("clap", "bells")
    assert taggers.find("bells").tag(np.full(10, 0.5, np.float32))[0].score == 0.5


def test_a_song_heard_with_a_tagger_is_kept_apart_from_one_heard_without(plugged, tmp_path):
    plugged(bells=f"{__name__}:Bells")
    wavfile.write(tmp_path / "song.wav", 24_000, silence_but(0.5))
    listening = Listening(Settings.load(tmp_path / "workspace"))

    def words(tagger):
        found = listening.analyze(tmp_path / "song.wav", ears=Ears(tagger=tagger))
        assert ("tags" in found.methods) == (tagger is not None)
        return [(tag.word, tag.score) for tag in found.tags]

    assert words(None) == []
    assert words("bells") == [("bells", 0.5)]
    assert words(None) == []
    # Read from the workspace: whoever is called bells now is not asked again.
    plugged(bells=f"{__name__}:Cracked")
    assert words("bells") == [("bells", 0.5)]
    with pytest.raises(InvalidInput, match="no tagger is called 'horns'; known: clap, bells"):
        words("horns")


def silence_but(sample: float) -> np.ndarray:
    """A second with one sample in its middle."""
    samples = np.zeros(24_000, np.float32)
    samples[12_000] = sample
    return samples


def test_an_unknown_tagger_is_refused_with_those_there_are(plugged):
    plugged(bells=f"{__name__}:Bells")
    with pytest.raises(InvalidInput, match="'horns'; known: clap, bells"):
        taggers.find("horns")


def test_a_broken_tagger_is_named_with_what_broke(plugged):
    plugged(cracked=f"{__name__}:Cracked")
    with pytest.raises(MachineError, match="'cracked'.* RuntimeError: no tongue"):
        taggers.find("cracked")


def test_a_tagger_that_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("songreel.analysis.taggers.clap.find_spec", lambda _: None)
    with pytest.raises(InvalidInput, match=r"pip install 'songreel\[clap\]'"):
        taggers.find("clap")


def test_silence_has_no_tags_and_loads_nothing():
    assert Clap("there is no such model").tag(np.zeros(24_000, np.float32)) == ()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> str:
    """CLAP's own parts made tiny, with random weights."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("clap")
    torch.manual_seed(3)
    text = {"vocab_size": 270, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 32, "max_position_embeddings": 130}  # fmt: skip
    audio = {"patch_embeds_hidden_size": 16, "depths": [1, 1], "num_attention_heads": [2, 2],
             "num_hidden_layers": 2, "hidden_size": 32}  # fmt: skip
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    transformers.ClapModel(config).save_pretrained(folder)
    letters = [chr(i) for i in range(33, 127)] + ["Ġ"]
    vocabulary = {t: i for i, t in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *letters])}
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        unk_token="<unk>", mask_token="<mask>",
    )  # fmt: skip
    transformers.ClapProcessor(
        transformers.ClapFeatureExtractor(truncation="rand_trunc"), tokenizer
    ).save_pretrained(folder)
    return str(folder)


@pytest.mark.slow
def test_clap_gives_moods_and_genres_with_probabilities(tiny):
    rng = np.random.default_rng(2)
    song = (0.1 * rng.normal(size=25 * 24_000)).astype(np.float32)
    tags = Clap(tiny).tag(song)
    words = [tag.word for tag in tags]
    assert sum(word in MOODS for word in words) == 4
    assert sum(word in GENRES for word in words) == 3
    scores = [tag.score for tag in tags]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert Clap(tiny).tag(song) == tags


@pytest.mark.slow
def test_weights_that_cannot_be_had_are_one_sentence(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(MachineError, match="cannot load its weights .*; go online once"):
        Clap(str(tmp_path)).tag(np.ones(24_000, np.float32))


def test_the_analysis_carries_the_words_of_the_tagger_that_was_asked(plugged):
    plugged(bells=f"{__name__}:Bells")
    sound = MemorySound(np.full((1, 24_000), 0.25, np.float32))
    heard = analyze(sound, tagger="bells")
    assert [(tag.word, tag.score) for tag in heard.tags] == [
        ("bells", pytest.approx(0.25, abs=0.05))
    ]
    assert heard.methods["tags"] == "bells"
    assert analyze(sound).tags == ()
