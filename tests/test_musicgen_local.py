"""MusicGens with random weights: their tokens and samples."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from songreel.generation.diffusion.stopping import Watch
from songreel.generation.sound.musicgen.book import find
from songreel.generation.sound.musicgen.codes import lengths
from songreel.generation.sound.musicgen.fit import Post
from songreel.generation.sound.musicgen.recipe import HOP, RATE
from songreel.generation.sound.musicgen.settings import Drawing
from songreel.generation.sound.musicgen.wire import Ask
from songreel.models.errors import InvalidInput, MachineError
from songreel.sound.pcm import read
from support.needs import needs
from support.tiny_musicgen import (
    NAMES,
    folder_of,
    in_folder,
    tone,
)

torch = needs("torch")
needs("transformers")
needs("tokenizers")

from songreel.generation.sound.musicgen.session import Session, network  # noqa: E402

CPU = Post(device="cpu", dtype="float32", need=1)


@pytest.fixture(scope="module")
def sessions():
    return {name: Session(in_folder(name), CPU, None, print) for name in NAMES}


def written(session, ask, path):
    effort = session.make(ask, path, Watch())
    return read(path), effort


def by_hand(model, words, prompt, new, guidance):
    """Likeliest tokens, one step at a time and without a cache: (codebooks, frames).

    The delay pattern of the paper: frame f of codebook k is written in step f + k; in stereo,
    codebooks of left and right take turns and are written together.
    """
    decoder, none = model.decoder, model.decoder.config.vocab_size
    books = decoder.num_codebooks
    delays = [k // decoder.config.audio_channels for k in range(books)]
    frames = new + (0 if prompt is None else prompt.shape[1])
    grid = torch.full((books, 1 + frames + max(delays)), none)
    known = torch.ones_like(grid, dtype=torch.bool)
    for k, delay in enumerate(delays):
        known[k, 1 + delay : 1 + delay + frames] = False
        if prompt is not None:
            grid[k, 1 + delay : 1 + delay + prompt.shape[1]] = prompt[k]
            known[k, 1 + delay : 1 + delay + prompt.shape[1]] = True
    read_words = model.text_encoder(**words).last_hidden_state
    melody = hasattr(model, "audio_enc_to_dec_proj")
    if melody:
        said = model.enc_to_dec_proj(read_words)
        none_heard = torch.zeros(1, 1, model.config.num_chroma)
        none_heard[..., 0] = 1
        heard = model.audio_enc_to_dec_proj(none_heard).repeat(2, model.config.chroma_length, 1)
        given = torch.cat([heard, torch.cat([said, torch.zeros_like(said)])], 1)
    else:
        given = torch.cat([read_words, torch.zeros_like(read_words)])
        mask = torch.cat([words.attention_mask, torch.zeros_like(words.attention_mask)])
    for step in range(1, grid.shape[1]):
        if known[:, step].all():
            continue
        twice = grid[:, :step].repeat(2, 1)
        if melody:
            found = decoder(input_ids=twice, encoder_hidden_states=given, use_cache=False)
        else:
            found = model(
                encoder_outputs=(given,), attention_mask=mask, decoder_input_ids=twice,
                use_cache=False,
            )  # fmt: skip
        with_words, without = found.logits[:, -1].split(books)
        likeliest = (without + guidance * (with_words - without)).argmax(-1)
        grid[:, step] = torch.where(known[:, step], grid[:, step], likeliest)
    return torch.stack([grid[k, 1 + d : 1 + d + frames] for k, d in enumerate(delays)])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("continued", [False, True])
def test_tokens_are_those_of_the_paper_whether_it_goes_on_or_begins(
    sessions, name, continued, tmp_path, monkeypatch
):
    session = sessions[name]
    tone(tmp_path / "heard.wav", 9 * HOP, channels=session.model.recipe.channels)
    heard = tmp_path / "heard.wav" if continued else None
    ask = Ask(
        prompt="a waltz", seconds=(9 * continued + 12) * HOP / RATE, seed=1, heard=heard,
        drawing=Drawing(do_sample=False, guidance_scale=3.0),
    )  # fmt: skip
    session.make(ask, tmp_path / "first.wav", Watch())  # loads
    model, seen = session._network, []
    decode = model.audio_encoder.decode

    def seeing(codes, **more):
        seen.append(codes)
        return decode(codes, **more)

    monkeypatch.setattr(model.audio_encoder, "decode", seeing)
    session.make(ask, tmp_path / "made.wav", Watch())
    monkeypatch.undo()
    tokens = torch.stack([side[0, 0] for side in seen], 1).flatten(0, 1)
    with torch.inference_mode():
        prompt = session._encoded(read(heard).samples) if heard else None
        words = session._words("a waltz", return_tensors="pt")
        expected = by_hand(model, words, prompt, 12, 3.0)
    if prompt is not None:
        assert_array_equal(tokens[:, :9], prompt)
    assert_array_equal(tokens, expected)
    assert len(set(tokens[:, -12:].flatten().tolist())) > 5  # not stuck on one a codebook


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("samples", "rate"), [(48_000, 44_100), (32_000, 32_000), (7_777, 48_000)])
def test_what_is_heard_keeps_its_place_to_the_sample(sessions, name, samples, rate, tmp_path):
    session = sessions[name]
    sides = session.model.recipe.channels
    heard = tone(tmp_path / "heard.wav", samples, rate, channels=2)
    seconds = samples / rate + 0.33
    found, effort = written(
        session, Ask(prompt="x", seconds=seconds, seed=3, heard=heard), tmp_path / "made.wav"
    )
    resampled = read(heard, rate=RATE, channels=sides).samples
    plan = lengths(resampled.shape[1], seconds)
    assert found.rate == RATE
    assert found.samples.shape == (sides, plan.samples)
    assert 0 <= found.samples.shape[1] - seconds * RATE < HOP
    assert effort.steps == plan.steps
    assert_array_equal(found.samples[:, : plan.over], resampled[:, : plan.over])
    # The rest is the codec's rendering of it. Near the end that hears what follows; before, it is
    # as if it stood alone: 8 frames are more than its kernels reach over.
    codec = session._network.audio_encoder
    with torch.inference_mode():
        alone = [
            codec.decode(
                codec.encode(torch.from_numpy(side[plan.over :].copy())[None, None]).audio_codes,
                [None],
            ).audio_values[0, 0]
            for side in resampled
        ]
    far = plan.heard - 8
    if far > 0:
        rendered = torch.stack(alone)[:, : far * HOP].numpy()
        coded = found.samples[:, plan.over : plan.over + far * HOP]
        np.testing.assert_allclose(coded, rendered, atol=1e-5)


def test_sound_is_made_in_the_time_that_guidance_and_drawing_leave(sessions, tmp_path):
    session, path = sessions["tiny-musicgen"], tmp_path / "made.wav"
    plain = {"prompt": "x", "seconds": 0.4, "seed": 3}
    first, _ = written(session, Ask(**plain), path)
    again, _ = written(session, Ask(**plain), path)
    assert_array_equal(first.samples, again.samples)
    for change in (
        {"seed": 4}, {"prompt": "y"}, {"drawing": Drawing(temperature=0.5)},
        {"drawing": Drawing(top_k=5)}, {"drawing": Drawing(top_p=0.2)},
        {"drawing": Drawing(guidance_scale=1.0)}, {"drawing": Drawing(do_sample=False)},
    ):  # fmt: skip
        other, _ = written(session, Ask(**(plain | change)), path)
        assert other.samples.shape == first.samples.shape
        assert np.abs(other.samples - first.samples).max() > 1e-3, change


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_leaves_the_codec_whole(name, tmp_path):
    folder, recipe = folder_of(name), find(name).recipe
    model = network(folder, recipe, Post(device="cpu", dtype="bfloat16", need=1))
    kinds = {each.split(".")[0]: value.dtype for each, value in model.named_parameters()}
    assert kinds["decoder"] == kinds["enc_to_dec_proj"] == torch.bfloat16
    assert kinds["audio_encoder"] == kinds["text_encoder"] == torch.float32
    session = Session(in_folder(name), Post(device="cpu", dtype="bfloat16", need=1), None, print)
    heard = tone(tmp_path / "heard.wav", 9 * HOP)
    found, effort = written(
        session, Ask(prompt="x", seconds=0.4, seed=3, heard=heard), tmp_path / "made.wav"
    )
    assert np.isfinite(found.samples).all()
    assert found.samples.std() > 0.01
    assert effort.placement == "bfloat16"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ("half", "cannot be loaded as a MusicGen"),
        ("tensor", r"its weights lack decoder\.lm_heads\.0\.weight"),
        ("mono", "makes sound of 1 channels, not 2"),
        ("gone", r"is not whole: .*\.safetensors missing"),
    ],
)
def test_weights_that_will_not_do_are_said_to_be(tmp_path, spoil, message):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    folder.mkdir()
    for each in folder_of("tiny-musicgen").iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    model, file = find(str(folder)), folder / "model.safetensors"
    if spoil == "half":
        file.write_bytes(file.read_bytes()[:1000])
    elif spoil == "tensor":
        tensors = load_file(file)
        tensors.pop("decoder.lm_heads.0.weight")
        save_file(tensors, file, metadata={"format": "pt"})
    elif spoil == "mono":
        stereo = model.recipe.model_copy(update={"channels": 2})
        model = model.model_copy(update={"recipe": stereo})
    else:
        file.unlink()
    with pytest.raises(InvalidInput, match=message):
        Session(model, CPU, None, print).make(
            Ask(prompt="x", seconds=0.2, seed=1), tmp_path / "made.wav", Watch()
        )


@pytest.mark.parametrize("name", NAMES)
def test_weights_under_the_names_of_the_first_release_are_read(tmp_path, name):
    from safetensors.torch import load_file, save_file

    for each in folder_of(name).iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    file = tmp_path / "model.safetensors"
    tensors = load_file(file)
    old = {
        each.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): value
        for each, value in tensors.items()
    }
    # Written twice, and not at all today.
    old["text_encoder.encoder.embed_tokens.weight"] = old["text_encoder.shared.weight"].clone()
    old["decoder.model.decoder.embed_positions.weights"] = torch.zeros(2048, 16)
    save_file(old, file, metadata={"format": "pt"})
    read_now = network(tmp_path, find(name).recipe, CPU).state_dict()
    for each, value in tensors.items():
        assert_array_equal(read_now[each], value)


def test_too_little_memory_is_a_sentence_and_a_way_out(sessions, tmp_path, monkeypatch):
    session = sessions["tiny-musicgen"]
    session.make(Ask(prompt="x", seconds=0.1, seed=1), tmp_path / "made.wav", Watch())

    def full(*_a, **_k):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")

    monkeypatch.setattr(session._network, "generate", full)
    with pytest.raises(MachineError, match="needs more memory than cpu has free .* smaller model"):
        session.make(Ask(prompt="x", seconds=0.1, seed=1), tmp_path / "made.wav", Watch())
