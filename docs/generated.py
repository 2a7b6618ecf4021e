"""The part of the reference that is written by the program itself: commands, REST, documents."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rest  # beside this file

FOLDER = "generated"


def write(docs: Path) -> None:
    """Write the generated pages into `docs/reference/generated`."""
    folder = docs / "reference" / FOLDER
    folder.mkdir(exist_ok=True)
    whole = rest.described()
    pages = {
        "cli.md": cli(),
        "documents.md": documents(),
        "keyboard.md": keyboard(),
        "rest.md": rest.routes(whole),
        f"{rest.OBJECTS}.md": rest.objects(whole),
    }
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def cli() -> str:
    """Every command, as its `--help` tells it."""
    import typer
    from typer.testing import CliRunner

    from songreel.cli.main import app

    app.rich_markup_mode = None  # plain text, without boxes
    runner, command = CliRunner(), typer.main.get_command(app)

    def told(words: list[str]) -> list[str]:
        text = runner.invoke(app, [*words, "--help"], prog_name="songreel").output
        return [f"## {' '.join(['songreel', *words])}", "", "```text", text.strip(), "```", ""]

    lines = ["# Commands", "", *told([])]
    for words in _commands(command, []):
        lines += told(words)
    return "\n".join(lines) + "\n"


def _commands(group: Any, before: list[str]) -> Iterator[list[str]]:
    for name, command in getattr(group, "commands", {}).items():
        if not command.hidden:
            yield [*before, name]
            yield from _commands(command, [*before, name])


def keyboard() -> str:
    """The keys of the timeline, from the table that its own help shows."""
    from importlib.resources import files

    code = files("songreel.widget").joinpath("keys.js").read_text("utf-8")
    table = re.search(r"export const HELP = (\[.*?\n\]);", code, re.DOTALL)
    if table is None:
        raise ValueError("app/widget/keys.js has no HELP")
    # A JavaScript literal of strings and lists is JSON but for its trailing commas.
    groups = json.loads(re.sub(r",(\s*\])", r"\1", table[1]))
    lines = [
        "# Keys of the timeline",
        "",
        "In the studio they work wherever you are on a film's page, except in a field that you "
        f"type in; in a notebook, while the timeline has the focus. {_keys('?')} shows them there.",
        "",
    ]
    for title, rows in groups:
        lines += [f"## {title}", "", "| keys | what they do |", "|---|---|"]
        lines += [f"| {_keys(keys)} | {what} |" for keys, what in rows]
        lines.append("")
    lines += [
        "## While you tap along",
        "",
        "| keys | what they do |",
        "|---|---|",
        f"| {_keys('T')} | a beat, after **Start tapping** under **Grid** |",
        "",
        "J K L are the keys of every editing desk: press one again and it goes faster.",
    ]
    return "\n".join(lines) + "\n"


def _keys(text: str) -> str:
    """`Ctrl+A` as keys; a comma ends a key unless it is one."""
    return " ".join(f"<kbd>{key.removesuffix(',') or ','}</kbd>" for key in text.split())


def documents() -> str:
    """The JSON schemas of the documents that a person may edit."""
    from songreel.models.render import RenderSpec
    from songreel.models.scenes import SceneList
    from songreel.models.storyboard import Storyboard
    from songreel.project import ProjectFile

    lines = ["# Documents", "", "Every document carries its `kind` and `version`; a mistake in an "
             "edited one is told with its line and field.", ""]  # fmt: skip
    for model in (ProjectFile, Storyboard, SceneList, RenderSpec):
        schema = model.model_json_schema()
        kind = getattr(model, "kind", "")
        lines += [f"## {model.__name__}", ""]
        lines += [f"`kind`: `{kind}`", ""] if kind else []
        lines += ["```json", json.dumps(schema, indent=1, ensure_ascii=False), "```", ""]
    return "\n".join(lines) + "\n"
