"""Seconds of music a second, and memory, of MusicGens of their published size.

    python benchmarks/gpu/music.py --out lines.jsonl

Random weights take as long and as much memory as real ones; nothing is downloaded. A line of JSON a
model and piece: one from words, one that goes on from sound. `--tiny` runs a tiny model on the CPU.
"""

import argparse
import gc
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from rows import write

from songreel.generation.diffusion.machine import look
from songreel.generation.diffusion.stopping import Watch
from songreel.generation.diffusion.tiny import tokenizer
from songreel.generation.sound.musicgen.book import Model, models
from songreel.generation.sound.musicgen.fit import Post, need, place
from songreel.generation.sound.musicgen.recipe import RATE
from songreel.generation.sound.musicgen.session import Session, ready
from songreel.generation.sound.musicgen.tiny import Sizes, assembled, published
from songreel.generation.sound.musicgen.wire import Ask
from songreel.sound.pcm import write_wav

QUICK = ("musicgen-stereo-small", "musicgen-stereo-large")
ALL = ("musicgen-small", "musicgen-stereo-small", "musicgen-stereo-medium",
       "musicgen-stereo-melody", "musicgen-large", "musicgen-stereo-large")  # fmt: skip


def loaded(model: Model, post: Post) -> Session:
    """A session whose weights are random."""
    session = Session(model, post, None, print)
    sizes = Sizes() if model.recipe.tiny else published(model.recipe)
    with torch.device(post.device):
        network = assembled(model.recipe, sizes)
    session._network, session._words = ready(network, post), tokenizer(512)
    return session


def rows(model: Model, post: Post, options: argparse.Namespace) -> None:
    """A model's lines."""
    begun = time.perf_counter()
    session = loaded(model, post)
    weights = sum(each.numel() * each.element_size() for each in session._network.parameters())
    writing = sum(
        each.numel() * each.element_size() for each in session._network.decoder.parameters()
    )
    facts = {"model": model.name, "device": session.device, "dtype": post.dtype,
             "threads": torch.get_num_threads()}  # fmt: skip
    write(options, {**facts, "what": "built", "seconds": time.perf_counter() - begun,
                    "weights_gb": weights / 1e9})  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        made, heard = Path(folder) / "made.wav", Path(folder) / "heard.wav"
        noise = np.random.default_rng(0).standard_normal((1, int(options.heard * RATE)))
        write_wav(heard, (0.1 * noise).astype(np.float32), RATE)
        cuda = post.device.startswith("cuda")
        if cuda:  # kernels are chosen and caches filled
            session.make(Ask(prompt="a waltz", seconds=1.0, seed=0), made, Watch())
        for what, given, over in (("from words", None, 0.0), ("going on", heard, options.heard)):
            ask = Ask(
                prompt="lofi piano, 90 BPM, A minor", seconds=over + options.seconds, seed=1,
                heard=given,
            )  # fmt: skip
            effort = session.make(ask, made, Watch())
            spent = effort.seconds
            each = spent["generate"] / effort.steps
            write(options, {
                **facts, "what": what, "new_seconds": options.seconds, "heard_seconds": over,
                "tokens": effort.steps, "ms_a_token": each * 1e3,
                "seconds_a_second_of_music": (spent["generate"] + spent["decode"])
                / options.seconds,
                "decode_seconds": spent["decode"], "weights_read_gb_s": writing / each / 1e9,
                "peak_gib": None if effort.memory_peak is None else effort.memory_peak / 2**30,
                "estimate_gib": need(model.recipe, post.dtype, post.device) / 2**30,
            })  # fmt: skip
    del session
    gc.collect()
    if post.device.startswith("cuda"):
        torch.cuda.empty_cache()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", default=[], help="repeatable")
    parser.add_argument("--tiny", action="store_true", help="a tiny model, on the CPU")
    parser.add_argument("--quick", action="store_true", help="two models, 5 s of music each")
    parser.add_argument("--seconds", type=float, default=0.0, help="of new music (20)")
    parser.add_argument("--heard", type=float, default=0.0, help="seconds gone on from (10)")
    parser.add_argument("--device", default="cuda:0" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, help="file for lines of JSON, added to")
    options = parser.parse_args()
    small = options.tiny or options.quick
    options.seconds = options.seconds or (5.0 if small else 20.0)
    options.heard = options.heard or (2.0 if small else 10.0)
    if options.tiny:
        options.device, options.model = "cpu", options.model or ["tiny-musicgen-stereo"]
    elif options.device == "cpu" and not options.model:
        sys.exit("no GPU here: --tiny runs a tiny model on the CPU, --model NAME that one")
    known = models()
    for name in options.model or (QUICK if options.quick else ALL):
        if name not in known:
            sys.exit(f"no model {name!r}; there are {', '.join(known)}")
        post = place(known[name], look(), options.device)
        try:
            rows(known[name], post, options)
        except torch.OutOfMemoryError as error:
            write(options, {"model": name, "failed": str(error).splitlines()[0][:160]})


if __name__ == "__main__":
    main()
