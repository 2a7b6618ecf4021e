"""Seconds a clip, share of the card's matrix peak and memory, beside stock diffusers.

    python benchmarks/gpu/run.py --model mochi --out lines.jsonl

For each model, at its released size with random weights, in one process: a few steps as diffusers
does them; with the exact rewrites; with the blocks compiled as well; then the clip's decoding. A
line of JSON each. `--whole` denoises a whole clip in the end instead of a sample of its steps.
"""

import argparse
import gc
import platform
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from measure import KERNELS, Run, attention, difference, matrix_peak, steps, wait
from networks import Case, cases, tiny
from rows import write
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from songreel.generation.diffusion import compiled, exact
from songreel.generation.diffusion.machine import look
from songreel.generation.diffusion.memory import plan
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.placing import place, release
from songreel.models.local import LocalOptions

FAMILIES = ("mochi", "ltx", "hunyuan", "wan")


class Bench:
    """One model's rows."""

    def __init__(self, name: str, case: Case, options: argparse.Namespace, peak: float) -> None:
        self.name, self.case, self.options, self.peak = name, case, options, peak
        self.device: str = options.device
        self.flops = 0.0
        self.stock: Run | None = None

    def run(self) -> None:
        """All rows, in order; the clock is looked at before each."""
        case, options = self.case, self.options
        begun = time.perf_counter()
        pipe = case.build(self.device)
        pipe.set_progress_bar_config(disable=True)
        embeds = {name: tensor.to(self.device) for name, tensor in case.embeds(pipe).items()}
        self.write("built", seconds=time.perf_counter() - begun)
        shape = case.recipe.geometry
        if self.device.startswith("cuda"):
            tokens = shape.tokens(case.width, case.height, case.frames)
            self.write("attention", tokens=tokens, tflops=attention(
                shape.heads, tokens, shape.head_dim, self.device))  # fmt: skip
        counter = FlopCounterMode(display=False)
        with counter:
            self.sample(pipe, embeds, 2)
        self.flops = counter.get_total_flops() / 2
        self.stock = self.sample(pipe, embeds, options.sample)
        self.row("stock", self.stock)
        other = self.device.startswith("cuda") and not options.quick
        if other and self.time_for("stock, another attention kernel"):
            # Two kernels of attention round otherwise: what a difference in bf16 is to be
            # measured by.
            with sdpa_kernel([*list(KERNELS.values())[1:], SDPBackend.MATH]):
                self.row("stock, another attention kernel", self.sample(pipe, embeds))
        if not options.no_decode and self.time_for("stock decoding"):
            self.decode("stock decoding", pipe)
        done = exact.speed_up(pipe, case.family)
        if done and self.time_for("exact"):
            self.row("exact", self.sample(pipe, embeds), rewrites=done)
        if options.graph != "none":
            self.compiled(pipe, embeds)
        if not options.no_decode and done and self.time_for("our decoding"):
            self.decode("our decoding", pipe)
        if options.whole and self.time_for("whole"):
            self.row("whole clip, compiled", self.sample(pipe, embeds, case.recipe.steps))

    def compiled(self, pipe: Any, embeds: dict[str, Any]) -> None:
        """With compiled blocks, on top of what was done before."""
        options = self.options
        placement = Placement(name="whole", devices=(self.device,))
        before = compiled.seconds_spent()
        made = compiled.compile_denoisers(
            pipe, self.case.family, placement, options.cache, wanted=True,
            whole=options.graph == "whole",
        )  # fmt: skip
        if self.time_for("compiled"):
            warm = self.sample(pipe, embeds, 2)
            self.row(
                "compiled", self.sample(pipe, embeds), regions=made.regions, graph=options.graph,
                compile_seconds=compiled.seconds_spent() - before, first_of_all=warm.first,
            )  # fmt: skip

    def placements(self) -> None:
        """Each placement that fits, with the planner's estimate beside what was measured."""
        case = self.case
        wishes = LocalOptions(devices=self.device)
        found = plan(case.recipe, case.width, case.height, case.frames, look(), wishes)
        for placement in found.ladder:
            if placement.storage != "released" or not self.time_for(placement.name):
                continue
            pipe = case.build(self.device)
            embeds = case.embeds(pipe)
            pipe.to("cpu").set_progress_bar_config(disable=True)
            exact.speed_up(pipe, case.family)
            place(pipe, case.family, placement)
            run = self.sample(pipe, embeds, 2)
            decoded = self.decoding(pipe)
            peaks = [each for each in (run.peak, decoded.get("peak_bytes")) if each is not None]
            self.write(
                f"placement {placement.name}", step_seconds=run.step, estimate_gib=placement.memory
                / 2**30, measured_gib=max(peaks) / 2**30 if peaks else None,
                host_estimate_gib=placement.host / 2**30, estimated_slowdown=placement.slowdown,
                decode_seconds=decoded.get("seconds"), failed=decoded.get("failed"),
            )  # fmt: skip
            release(pipe)
            del pipe
            gc.collect()

    def sample(self, pipe: Any, embeds: dict[str, Any], count: int = 0) -> Run:
        """A clip of `count` steps, else of `--sample`."""
        asked = self.case.ask(count or self.options.sample)
        return steps(self.case.family, pipe, embeds, asked, self.device)

    def row(self, what: str, run: Run, **more: Any) -> None:
        """Figures of `run`, beside those of the stock one."""
        count = self.case.recipe.steps
        if (
            self.stock is not None
            and run is not self.stock
            and (run.latents.shape == self.stock.latents.shape and "whole" not in what)
        ):
            more |= difference(run.latents, self.stock.latents)
            more["difference_of_one_pass"] = difference(run.output, self.stock.output)
            more["times_stock"] = self.stock.step / run.step
        rate = self.flops / run.step / 1e12
        self.write(
            what, step_seconds=run.step, first_step_seconds=run.first, clip_steps=count,
            denoise_seconds_a_clip=run.step * count,
            measured="whole" if "whole" in what else "sample of the steps",
            tflop_a_step=self.flops / 1e12, tflops=rate, share_of_peak=rate / self.peak,
            peak_gib=None if run.peak is None else run.peak / 2**30, finite=bool(
                torch.isfinite(run.latents).all()
            ), **more,
        )  # fmt: skip

    def decode(self, what: str, pipe: Any) -> None:
        """A row on a whole clip of random latents."""
        self.write(what, **self.decoding(pipe))

    def decoding(self, pipe: Any) -> dict[str, Any]:
        """Seconds and bytes of decoding a clip; or why not."""
        case, cuda = self.case, self.device.startswith("cuda")
        shape = case.recipe.geometry
        times = shape.latent_frames(case.frames)
        cells = case.height // shape.spatial, case.width // shape.spatial
        latents = torch.randn(
            1, shape.latent_channels, times, *cells, generator=torch.Generator().manual_seed(2)
        ).to(pipe.vae.dtype)
        if cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)
        wait(self.device)
        begun, count = time.perf_counter(), 0
        try:
            for _ in case.family.decode(pipe, latents, case.ask(2)):
                count += 1
        except torch.OutOfMemoryError as error:
            return {"failed": str(error).splitlines()[0][:120]}
        wait(self.device)
        peak = torch.cuda.max_memory_allocated(self.device) if cuda else None
        seconds = time.perf_counter() - begun
        return {"seconds": seconds, "frames": count, "peak_bytes": peak}

    def time_for(self, what: str) -> bool:
        """Whether the run may go on; a row says so where not."""
        left = self.options.seconds - (time.perf_counter() - self.options.begun)
        needed = 0.0 if self.stock is None else self.stock.step * (self.options.sample + 1)
        if left < needed + 30 and not self.options.tiny:
            self.write(what, skipped=f"{left:.0f} s of --seconds {self.options.seconds} are left")
            return False
        return True

    def write(self, what: str, **values: Any) -> None:
        """A row of this model."""
        write(self.options, {"model": self.name, "clip": self.case.shape, "what": what, **values})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", default=[], help="repeatable; `all`")
    parser.add_argument("--tiny", action="store_true", help="tiny models, for the CPU")
    parser.add_argument("--quick", action="store_true", help="fewer rows, a smaller Hunyuan")
    parser.add_argument("--whole", action="store_true", help="a whole clip in the end")
    parser.add_argument(
        "--placements", action="store_true", help="memory of placements instead, beside the plan"
    )
    parser.add_argument("--no-decode", action="store_true")
    parser.add_argument("--sample", type=int, default=0, help="steps a row (3)")
    parser.add_argument("--graph", choices=("blocks", "whole", "none"), default="blocks")
    parser.add_argument("--device", default="cuda:0" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=float, default=570.0, help="after which no row begins")
    parser.add_argument("--cache", type=Path, help="folder for compiled code")
    parser.add_argument("--out", type=Path, help="file for lines of JSON, added to")
    options = parser.parse_args()
    options.begun = time.perf_counter()
    options.sample = max(options.sample or 3, 2)
    if not options.tiny and options.device == "cpu":
        sys.exit("no GPU here: --tiny runs tiny models on the CPU")
    known = {name: tiny(name) for name in FAMILIES} if options.tiny else cases()
    names = options.model or ["all"]
    if names == ["all"]:
        names = list(FAMILIES)
        if options.quick and not options.tiny:
            names[names.index("hunyuan")] = "hunyuan-480"
    for name in names:
        if name not in known:
            sys.exit(f"no model {name!r}; there are {', '.join(known)}")
    if len(names) > 1:  # a process each: what is chosen for one is chosen for its whole process
        apart(options, names)
        return
    peak = matrix_peak(options.device, small=options.tiny)
    cuda = options.device.startswith("cuda")
    write(options, {
        "what": "machine", "matrix_peak_tflops": peak, "torch": torch.__version__,
        "device": torch.cuda.get_device_name(options.device) if cuda else platform.processor(),
        "cudnn": torch.backends.cudnn.version() if cuda else None,
    })  # fmt: skip
    bench = Bench(names[0], known[names[0]], options, peak)
    try:
        with torch.cuda.device(options.device) if cuda else nullcontext():
            (bench.placements if options.placements else bench.run)()
    except torch.OutOfMemoryError as error:
        bench.write("failed", reason=str(error).splitlines()[0][:160])


def apart(options: argparse.Namespace, names: list[str]) -> None:
    """Each of the models `names` in a process of its own, one after the other."""
    given = [each for each in sys.argv[1:] if each not in names and each != "--model"]
    for name in names:
        left = options.seconds - (time.perf_counter() - options.begun)
        if left < 60 and not options.tiny:
            print(f"{name}: {left:.0f} s are left", flush=True)
            continue
        more = ["--model", name, "--seconds", str(left)]
        subprocess.run([sys.executable, __file__, *given, *more], check=False)


if __name__ == "__main__":
    main()
