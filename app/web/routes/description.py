"""The interface described for people, from its own description: `/docs`."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from songreel.web.errors import USUAL
from songreel.web.safety.headers import PLAIN
from songreel.web.safety.plain import MARK, PLAIN_STYLE

router = APIRouter()
_MEANT = {"Successful Response": ""}
"""What FastAPI says where nothing else was."""


@router.get("/docs", include_in_schema=False)
def describe(request: Request) -> HTMLResponse:
    """One page with every address; it loads nothing and runs nothing."""
    page = "".join(_page(request.app.openapi()))
    return HTMLResponse(page, headers={"content-security-policy": PLAIN})


def _page(described: Mapping[str, Any]) -> Iterator[str]:
    info = described["info"]
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} REST</title><style>{_STYLE}</style></head><body><main>"
        f"{MARK}<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{_prose(info['description'])}</p>"
        '<p>For programs: <a href="/openapi.json">openapi.json</a>; in Python: '
        "<code>songreel.client.Client</code>.</p>"
    )
    groups: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append((method, path, operation))
    yield '<nav aria-label="Sections">'
    yield " ".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in groups)
    yield ' <a href="#refusals">refusals</a> <a href="#schemas">objects</a></nav>'
    for tag, operations in groups.items():
        yield f'<h2 id="{escape(tag)}">{escape(tag.capitalize())}</h2>'
        for method, path, operation in operations:
            yield from _operation(method, path, operation)
    yield from _refusals()
    yield '<h2 id="schemas">Objects</h2>'
    for name, schema in sorted(described.get("components", {}).get("schemas", {}).items()):
        yield from _schema(name, schema)
    yield "</main></body></html>"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f'<details><summary><b class="{method}">{method.upper()}</b> <code>{escape(path)}</code> '
        f"<span>{_prose(operation.get('description', ''))}</span></summary>"
        '<div class="inside">'
    )
    rows = [
        (one["name"], f"{one['in']}, {_kind(one.get('schema', {}))}", one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(("body", kind, _kind(content.get("schema", {}))))
    yield from _table("Sent", rows)
    answers = []
    for status, answer in operation.get("responses", {}).items():
        if int(status) in USUAL:  # told once for all
            continue
        kinds = [_kind(c.get("schema", {})) for c in answer.get("content", {}).values()]
        about = answer.get("description", "")
        answers.append((status, ", ".join(dict.fromkeys(kinds)), _MEANT.get(about, about)))
    yield from _table("Answered", answers)
    yield "</div></details>"


def _refusals() -> Iterator[str]:
    yield '<h2 id="refusals">Refusals</h2><p>Any address may answer with a '
    yield '<a href="#Problem">Problem</a>, one sentence for people.</p><div class="refused">'
    yield from _table("", [(str(status), "", text) for status, text in USUAL.items()])
    yield "</div>"


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"<details><summary><code>{escape(name)}</code> "
    # The place that links lead to is inside, so that following one opens it.
    yield f"<span>{_prose(schema.get('description', ''))}</span></summary>"
    yield f'<div class="inside" id="{escape(name)}">'
    needed = schema.get("required", ())
    yield from _table(
        "",
        [
            (field + ("" if field in needed else "?"), _kind(one), one.get("description", ""))
            for field, one in schema.get("properties", {}).items()
        ],
    )
    yield "</div></details>"


def _table(title: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    if not rows:
        return
    yield (f"<h3>{title}</h3>" if title else "") + "<table>"
    for name, kind, about in rows:
        yield (
            f"<tr><th scope=row>{escape(name)}</th><td>{_linked(kind)}</td>"
            f"<td>{_prose(about)}</td></tr>"
        )
    yield "</table>"


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return f"#{schema['$ref'].rpartition('/')[2]}"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(map(_kind, schema[several])))
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format", kind))


def _linked(kind: str) -> str:
    words = [
        f'<a href="{escape(word)}">{escape(word[1:])}</a>' if word.startswith("#") else escape(word)
        for word in kind.split(" ")
    ]
    return " ".join(words)


def _prose(text: str) -> str:
    """Text in which what stands between backquotes is code."""
    parts = escape(" ".join(text.split()), quote=False).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


_STYLE = f"""{PLAIN_STYLE}
main {{ max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }}
h1 {{ font-size: 1.75rem; line-height: 1.2; margin: .75rem 0 .5rem; }}
h2 {{ margin: 2.75rem 0 .5rem; font-size: 1.2rem; }}
main > p {{ max-width: 44rem; }}
nav {{ display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }}
code {{ font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }}
details, .refused {{ border-top: 1px solid var(--line); }}
summary {{ cursor: pointer; padding: .55rem 0; }}
summary:hover {{ background: var(--panel); }}
summary span {{ color: var(--soft); display: block; padding-left: 5.3rem; }}
summary b {{ display: inline-block; min-width: 4rem; font: 600 .8rem ui-monospace, monospace; }}
.get {{ color: light-dark(oklch(0.45 0.1 230), oklch(0.8 0.1 230)); }}
.post {{ color: light-dark(oklch(0.43 0.11 150), oklch(0.82 0.12 150)); }}
.put, .patch {{ color: light-dark(oklch(0.47 0.1 70), oklch(0.84 0.11 80)); }}
.delete {{ color: var(--bad); }}
table {{ border-collapse: collapse; width: 100%; font-size: .92rem; }}
.inside {{ padding: 0 0 1.25rem 1.1rem; }}
h3 {{ font-size: .85rem; margin: .75rem 0 .25rem; color: var(--soft); }}
th, td {{ text-align: left; vertical-align: baseline; padding: .3rem .9rem .3rem 0;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }}
th {{ font: 600 .88rem ui-monospace, monospace; width: 22%; }} td:nth-child(2) {{ width: 26%; }}
@media (max-width: 40rem) {{
  tr {{ display: grid; padding: .4rem 0; border-top: 1px solid var(--line); }}
  th, td, td:nth-child(2) {{ width: auto; border: 0; padding: .1rem 0; }}
  td:empty {{ display: none; }}
  summary b {{ min-width: 3.1rem; }} summary code {{ font-size: .84rem; }}
  summary span {{ padding-left: 1.1rem; }} }}
"""
