"""A worker that paints grey clips in place of a model's, without torch: the process's side of
`songreel.generation.diffusion.wire`. What a clip's prompt says is what becomes of it:

- `die`: the process ends with status 7, once; `die always`: each time;
- `refuse`: this clip cannot be made; `no room`: none can;
- `slow`: a frame takes 50 ms, and a cancelled clip stops at the next one;
- anything else: a clip; all orders are written to the file named by `DULL_LOG` in any case.

With `DULL_TROUBLE` it says that in place of being ready, on the device `DULL_DEVICE` or on all.
"""

import os
import sys
import time
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import numpy as np

from songreel.generation.diffusion.wire import (
    Cancel,
    Done,
    Failed,
    Hello,
    Load,
    Make,
    Notice,
    Progress,
    Ready,
    to_crew,
)
from songreel.generation.encode import write_clip
from songreel.models.local import Effort


class _Stopped(Exception):
    pass


def main() -> None:
    wire = to_crew()
    log = Path(os.environ["DULL_LOG"])
    cancelled, orders = set(), SimpleQueue()

    def listen():
        try:
            while True:
                said = wire.read()
                if isinstance(said, Cancel):
                    cancelled.add(said.id)
                else:
                    orders.put(said)
        except (EOFError, OSError):
            os._exit(0)

    wire.send(Hello(pid=os.getpid()))
    Thread(target=listen, daemon=True).start()
    devices = ()
    while True:
        now = orders.get()
        if isinstance(now, Load):
            devices = now.devices
            text = os.environ.get("DULL_TROUBLE")
            if text and os.environ.get("DULL_DEVICE", "") in ("", *devices):
                wire.send(Failed(text=text, cause="machine"))
            else:
                wire.send(Notice(text="the licence"))
                wire.send(Ready(placement="dull", device=",".join(devices)))
            continue
        with log.open("a") as file:
            file.write(f"{now.prompt} on {','.join(devices)} by {os.getpid()}\n")
        _make(wire, now, devices, cancelled)


def _make(wire, now: Make, devices, cancelled) -> None:
    once = now.path.with_suffix(".died")
    if now.prompt == "die always" or (now.prompt == "die" and not once.exists()):
        once.touch()
        print("out of luck", file=sys.stderr, flush=True)
        os._exit(7)
    if now.prompt in ("refuse", "no room"):
        cause = "clip" if now.prompt == "refuse" else "machine"
        wire.send(Failed(id=now.id, text=f"cannot: {now.prompt}", cause=cause))
        return

    def written(count):
        if now.id in cancelled:
            raise _Stopped
        if now.prompt == "slow":
            time.sleep(0.05)
        text = f"step {count} of {now.frames}"
        wire.send(Progress(id=now.id, text=text, share=count / now.frames, eta=80.0))

    frames = (
        np.full((now.height, now.width, 3), now.seed % 256, np.uint8) for _ in range(now.frames)
    )
    try:
        write_clip(
            frames, now.path, width=now.width, height=now.height, rate=now.fps, count=now.frames,
            written=written,
        )  # fmt: skip
    except _Stopped:
        wire.send(Failed(id=now.id, text="cancelled", cause="cancelled"))
        return
    effort = Effort(device=",".join(devices), placement="dull", steps=now.steps)
    wire.send(Done(id=now.id, effort=effort))


if __name__ == "__main__":
    main()
