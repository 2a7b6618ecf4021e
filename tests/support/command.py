"""`songreel` as a user runs it: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def command(folder: Path, **environment: str) -> Run:
    """A call of the command in `folder`, with its own workspace and configuration there."""
    here = os.environ | {"SONGREEL_CONFIG": str(folder / "config")} | environment
    here.pop("OPENAI_API_KEY", None)

    def run(*arguments, status=0, timeout=400):
        command = [sys.executable, "-m", "songreel.cli.main", "--workspace", folder / "workspace"]
        done = subprocess.run(
            list(map(str, [*command, *arguments])), cwd=folder, env=here, text=True,
            capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run
