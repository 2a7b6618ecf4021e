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

    from songreel.cli.main import PANELS, app

    app.rich_markup_mode = None  # plain text, without boxes
    runner, command = CliRunner(), typer.main.get_command(app)

    def told(words: list[str]) -> list[str]:
        text = runner.invoke(app, [*words, "--help"], prog_name="songreel").output
        name = " ".join(["songreel", *words])
        # Its list of commands is cut off at the terminal's width; the table above has them whole.
        text = re.sub(r"\n\nCommands:\n.*", "", text, flags=re.DOTALL)
        return [f"({_label(words)})=", f"## {name}", "", "```text", text.strip(), "```", ""]

    known = list(_commands(command, []))
    lines = ["# Commands", "", "As `--help` of each tells it.", ""]
    for panel, names in PANELS.items():
        lines += [f"**{panel}**", "", "| command | what it does |", "|---|---|"]
        for words, about in known:
            if words[0] in names.split():
                name = " ".join(["songreel", *words])
                lines.append(f"| [`{name}`](#{_label(words)}) | {about} |")
        lines.append("")
    lines += told([])
    for words, _ in known:
        lines += told(words)
    return "\n".join(lines) + "\n"


def _label(words: list[str]) -> str:
    return "-".join(["command", *words])


def _commands(group: Any, before: list[str]) -> Iterator[tuple[list[str], str]]:
    """Every command with the first paragraph of its help."""
    for name, command in getattr(group, "commands", {}).items():
        if not command.hidden:
            about = " ".join((command.help or "").split("\n\n")[0].split())
            yield [*before, name], about.replace("|", "\\|")
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
    """The documents that a person may edit, and the objects in them."""
    from songreel.models.render import RenderSpec
    from songreel.models.scenes import SceneList
    from songreel.models.storyboard import Storyboard
    from songreel.project import ProjectFile

    whole = {model.__name__: model.model_json_schema(ref_template="#/{model}")
             for model in (ProjectFile, Storyboard, SceneList, RenderSpec)}  # fmt: skip
    files = {
        "ProjectFile": "`project.json`",
        "Storyboard": "`plan.json`",
        "SceneList": "`scenes.yaml`",
        "RenderSpec": "what `project.json` says under `spec`",
    }
    about = (
        "What a person may edit, as JSON (scene lists as YAML). A mistake is told with its line "
        "and field. Fields that are not known are refused; those of a plan that begin with `_` are "
        "there to be read, and passed over."
    )
    lines = ["# Documents", "", about, ""]
    inner: dict[str, rest.Schema] = {}
    for name, schema in whole.items():
        inner |= schema.pop("$defs", {})
        lines += [f"(document-{name.lower()})=", f"## {name}", "", f"{files[name]}.", ""]
        lines += rest.fields(_noted(name, schema), "document")
    for name, schema in sorted(inner.items()):
        if name not in whole:
            lines += [f"(document-{name.lower()})=", f"## {name}", ""]
            lines += rest.fields(_noted(name, schema), "document")
    return "\n".join(lines) + "\n"


def _noted(name: str, schema: rest.Schema) -> rest.Schema:
    """A schema with what the source says below each field, which pydantic leaves out."""
    from sphinx.pycode import ModuleAnalyzer

    from songreel.models.document import Frozen

    def below(model: type) -> Iterator[type]:
        yield model
        for child in model.__subclasses__():
            yield from below(child)

    told = {}
    model = next((one for one in below(Frozen) if one.__name__ == name), None)
    for one in reversed(model.__mro__ if model else ()):
        if one.__module__.startswith("songreel."):
            found = ModuleAnalyzer.for_module(one.__module__).find_attr_docs()
            told |= {field: " ".join(text) for (of, field), text in found.items()
                     if of == one.__name__}  # fmt: skip
    fields = {field: {"description": told.get(field, "")} | of
              for field, of in schema.get("properties", {}).items()}  # fmt: skip
    return {**schema, **({"properties": fields} if fields else {})}
