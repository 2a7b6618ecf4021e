"""The machines of a Ray cluster, as far as a farm must know them: `connect`, `nodes`."""

import os
import signal
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from platformdirs import user_data_path

from songreel.generation.diffusion.machine import Machine, look
from songreel.models.document import Frozen
from songreel.models.errors import MachineError
from songreel.models.files import code_version

ASKING = 90.0
"""Seconds for a machine to answer: Ray may have to start a process there first."""
KNOCKING = 10.0
"""Seconds for a cluster's port to open."""
_PACKAGES = (
    "songreel.generation", "songreel.generation.farm", "songreel.generation.diffusion",
    "songreel.generation.providers", "songreel.grading", "songreel.models",
)  # fmt: skip


class Node(Frozen):
    """One machine of the cluster."""

    id: str
    host: str
    release: str
    """Of the songreel that is installed there."""
    code: str
    """Of its source: two of the same release may differ while one is being worked on."""
    machine: Machine
    workspace: str
    """Folder of caches there."""
    cpus: float
    """That Ray may use;"""
    gpus: int
    """likewise."""


def ray_module() -> Any:
    """Ray.

    Raises:
        MachineError: It is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise MachineError(
            "--engine ray needs Ray, which is not installed: pip install 'songreel[ray]'"
        ) from error
    return ray


def connect(address: str | None, cores: int) -> bool:
    """Connect this process to the cluster at `address`; None: one of its own, on this machine.

    Returns:
        Whether it is connected from outside (`ray://`), so that this machine is none of the
        cluster's.

    Raises:
        MachineError: There is no cluster, or Ray is not installed.
    """
    ray = ray_module()
    on_term = signal.getsignal(signal.SIGTERM)
    options: dict[str, Any] = {
        "namespace": f"songreel-{uuid4().hex[:12]}", "log_to_driver": False,
        "logging_level": "ERROR",
    }  # fmt: skip
    try:
        if address is None:
            ray.init(address="local", num_cpus=cores, include_dashboard=False, **options)
        else:
            _join(address, options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, OSError) as error:
        where = address or "this machine"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise MachineError(
            f"there is no Ray cluster at {where} ({reason[:200]}); start one with `ray start "
            "--head` and join it from other machines with `ray start --address HOST:6379`"
        ) from error
    finally:
        # Ray has its own way to end, in which films are not stopped where they are.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_term)
    return bool(address and address.startswith("ray://"))


def _join(address: str, options: Mapping[str, Any]) -> None:
    """Connect to a cluster that is there, with this machine's token only if that asks for it.

    Where a token is shown to a cluster that has none, Ray connects and then loses every actor.
    """
    ray = ray_module()
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdigit():
        # Ray itself asks a closed port for minutes.
        socket.create_connection((host.strip("[]"), int(port)), KNOCKING).close()
    try:
        ray.init(address=address, **options)
    except ConnectionError:
        if "RAY_AUTH_MODE" in os.environ or not _has_token():
            raise
        os.environ["RAY_AUTH_MODE"] = "token"
        with suppress(ImportError, AttributeError):  # Ray has read its environment by now
            import_module("ray._raylet").Config.initialize("")
        ray.init(address=address, **options)


def _has_token() -> bool:
    """Whether this machine has a token that clusters may ask for (Ray 2.52 or later)."""
    named = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return bool(named) or (Path.home() / ".ray" / "auth_token").is_file()


def nodes(known: Sequence[str] = ()) -> tuple[Node, ...]:
    """The machines of the cluster that are not among the `known` ids, asked what they are.

    Raises:
        MachineError: One has no songreel, or another one than this.
    """
    ray = ray_module()
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as At

    there = {
        node["NodeID"]: node["Resources"]
        for node in ray.nodes()
        if node["Alive"] and node["NodeID"] not in known
    }
    asked = {
        node: ray.remote(_asked()).options(
            num_cpus=0, max_retries=0, scheduling_strategy=At(node, soft=False)
        ).remote()
        for node in there
    }  # fmt: skip
    found = []
    own = here()
    for node, answer in asked.items():
        try:
            told: Mapping[str, Any] = ray.get(answer, timeout=ASKING)
        except ray.exceptions.RayError as error:
            raise MachineError(
                f"the Ray machine {node[:8]} does not answer: {type(error).__name__}"
            ) from error
        host = told["host"]
        if "error" in told:
            raise MachineError(
                f"the Ray machine {host} has no songreel that runs ({told['error']}); install the "
                f"wheel of songreel {own['release']} in its Python ({told['python']})"
            )
        if (told["release"], told["code"]) != (own["release"], own["code"]):
            raise MachineError(
                f"the Ray machine {host} has songreel {told['release']} ({told['code']}), this is "
                f"{own['release']} ({own['code']}): build one wheel and install it on all of them"
            )
        resources = there[node]
        fields = {name: told[name] for name in ("host", "release", "code", "machine", "workspace")}
        found.append(
            Node(
                id=node, cpus=resources.get("CPU", 0.0), gpus=int(resources.get("GPU", 0)), **fields
            )
        )
    return tuple(found)


def here() -> dict[str, Any]:
    """What this machine would answer."""
    named = os.environ.get("SONGREEL_WORKSPACE")
    return {
        "host": socket.gethostname(),
        "release": version("songreel"),
        "code": code_version(*_PACKAGES),
        "machine": look().model_dump(mode="json"),
        "workspace": str(Path(named) if named else user_data_path("songreel")),
    }


def _asked() -> Any:
    """The question; defined inside, so that it travels by value to where there is no songreel."""

    def ask() -> dict[str, Any]:
        import os
        import socket
        import sys

        # A task without GPUs sees none; the question is what the machine has.
        for name in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"):
            os.environ.pop(name, None)
        try:
            from songreel.generation.farm.nodes import here
        except ImportError as error:
            return {"host": socket.gethostname(), "error": str(error), "python": sys.executable}
        return here()

    return ask
