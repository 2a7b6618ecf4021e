"""Packages that bring scenes, as an installer leaves them: modules and a dist-info on the path."""

import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "scene"

SCENE = """
import numpy as np
from songreel.generation.visuals.scene import Drives, Option, Scene, Setting

class {name}(Scene):
    name, about = "{name}", "An even light."
    words, mood = ("{word}",), (0.0, 0.0)
    drives = Drives("a", "b", "c", "d", "e", "f")
    settings = (Setting("tone", {{"dim": Option(("dim",)), "lit": Option(("lit",))}}),)

    def draw(self, moment, out):
        out[:] = 0.2 + 0.3 * moment.kick
        {body}
"""


def scene(name: str, body: str = "pass", word: str = "evenness") -> str:
    """Source of a module with one scene; `body` is what it does after drawing an even light."""
    return SCENE.format(name=name, body=body, word=word)


def bring(folder: Path, package: str, points: dict[str, str], **modules: str) -> None:
    """Put `package` into `folder`, which is on the path.

    Args:
        folder: A folder of `sys.path`.
        package: Its name.
        points: `module:Class` of each scene, by key.
        modules: Source of each module, by name.
    """
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
        sys.modules.pop(name, None)
    info = folder / f"{package.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
    lines = "".join(f"{key} = {place}\n" for key, place in points.items())
    (info / "entry_points.txt").write_text(f"[songreel.scenes]\n{lines}")
