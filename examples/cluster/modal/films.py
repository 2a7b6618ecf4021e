"""Films of many songs on Modal: Ray on the machines of one function, one batch over all of them.

pip wheel --no-deps --wheel-dir dist .
modal secret create songreel-database SONGREEL_DATABASE=postgresql://...   # once
modal volume put songreel songs songs
modal run --detach examples/cluster/modal/films.py --options "--visuals local:mochi"
modal volume get songreel films

More than one machine: NODES. Modal then wants whole machines, e.g. H100:8. A run that was ended
goes on when it is run again.
"""

import os
import secrets
import shlex
import subprocess
import time
from pathlib import Path

import modal

NODES = 1
GPU = "H100:8"
PORT = 6379
FOLDER = "/songreel"

app = modal.App("songreel")
volume = modal.Volume.from_name("songreel", create_if_missing=True)
wheels = sorted(Path("dist").glob("songreel-*.whl")) if modal.is_local() else []
image = modal.Image.debian_slim(python_version="3.11")
for wheel in wheels[-1:]:
    there = f"/root/{wheel.name}"
    image = image.add_local_file(wheel, there, copy=True).run_commands(
        f"pip install '{there}[local,ray,postgres]'"
    )


def films(options: str, key: str) -> None:
    """Make the films of all songs on the volume; on every machine of the cluster.

    Args:
        options: Of `songreel batch`, beside songs, folder and engine.
        key: Shown by Ray's machines to each other; keeps others out.
    """
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": key}
    rank, first = 0, "127.0.0.1"
    if NODES > 1:
        cluster = modal.Cluster.from_context()
        rank, first = cluster.container_rank(), cluster.container_ips("ipv4")[0]
    if rank > 0:
        join = ["ray", "start", "--address", f"{first}:{PORT}", "--block"]
        while subprocess.run(join, check=False).returncode:
            time.sleep(5)  # the first machine is not there yet
        return
    head = ["ray", "start", "--head", "--port", str(PORT), "--node-ip-address", first]
    subprocess.run([*head, "--include-dashboard", "false"], check=True)
    songreel = [
        "songreel", "--workspace", f"{FOLDER}/workspace", "batch", f"{FOLDER}/songs",
        "--out", f"{FOLDER}/films", "--engine", "ray", "--address", f"{first}:{PORT}",
    ]  # fmt: skip
    try:
        subprocess.run([*songreel, *shlex.split(options)], check=True)
    finally:
        volume.commit()
        subprocess.run(["ray", "stop"], check=False)


if NODES > 1:
    films = modal.clustered(size=NODES)(films)
on_modal = app.function(
    image=image,
    gpu=GPU,
    volumes={FOLDER: volume},
    secrets=[modal.Secret.from_name("songreel-database")],
    env={"HF_HOME": f"{FOLDER}/weights", "RAY_USAGE_STATS_ENABLED": "0"},
    timeout=24 * 3600,
)(films)


@app.local_entrypoint()
def main(options: str = "") -> None:
    """Start it.

    Args:
        options: Of `songreel batch`, beside songs, folder and engine.
    """
    if not wheels:
        raise SystemExit("no wheel in dist: pip wheel --no-deps --wheel-dir dist .")
    on_modal.remote(options, secrets.token_hex(32))
