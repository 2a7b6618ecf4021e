"""A row of a benchmark, on the screen and in a file: `write`."""

import argparse
import json
from typing import Any


def write(options: argparse.Namespace, row: dict[str, Any]) -> None:
    """To the file, as JSON, and to the screen, for people."""
    rounded = {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in row.items()
    }
    print("  ".join(f"{name}={value}" for name, value in rounded.items()), flush=True)
    if options.out is not None:
        with options.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(rounded) + "\n")
