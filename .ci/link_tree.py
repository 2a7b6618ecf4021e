"""Write .stubs/songreel, a tree of links in which editors and type checkers see the package.

An editable install maps the top-level folders to `songreel.*` at run time only. Point mypy
(`mypy_path`) or pyright (`extraPaths`) at .stubs; it is not under version control.
"""

import tomllib
from pathlib import Path


def main() -> None:
    """Make the tree anew."""
    root = Path(__file__).resolve().parent.parent
    folders = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"][
        "package-dir"
    ]
    tree = root / ".stubs" / "songreel"
    tree.mkdir(parents=True, exist_ok=True)
    wanted = {entry.name: entry for entry in (root / folders["songreel"]).iterdir()}
    wanted |= {
        name.removeprefix("songreel."): root / folder
        for name, folder in folders.items()
        if name != "songreel"
    }
    for link in tree.iterdir():
        link.unlink()
    for name, target in wanted.items():
        if name != "__pycache__":
            (tree / name).symlink_to(target)


if __name__ == "__main__":
    main()
