"""`songreel workspace`: what the workspace knows and keeps, and who did what."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, table
from songreel.cli.films import Folder
from songreel.cli.hearing import Force, Json, print_json
from songreel.models.errors import InvalidInput
from songreel.models.sizes import told_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from songreel.models.workspace import ProjectEntry
    from songreel.workspace import Workspace

workspace = typer.Typer(help="What the workspace knows: projects, assets, analyses, the trail.")

Which = Annotated[
    str, typer.Argument(metavar="PROJECT", help="Its folder, its id or the beginning of that.")
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(workspace, name="workspace", no_args_is_help=True)


@workspace.command()
def projects(context: typer.Context, as_json: Json = False) -> None:
    """List the projects that the workspace knows, the one worked on last first."""
    from songreel.cli.wiring import workspace as opened

    found = opened(context).projects.all()
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in found])
    elif not found:
        note("no projects yet; `songreel make SONG` makes one")
    else:
        rows = [
            (entry.id[:8], entry.title, _when(entry.opened), entry.folder,
             "" if entry.there else "not there")
            for entry in found
        ]  # fmt: skip
        typer.echo(table(("id", "title", "worked on", "folder", ""), rows))


@workspace.command()
def add(context: typer.Context, folder: Folder) -> None:
    """Have the workspace know a project: one from elsewhere, or one whose folder was moved."""
    from songreel.cli.wiring import workspace as opened
    from songreel.noting import COPIED
    from songreel.project import Project

    project = Project.open(folder)
    before, entry = project.state.id, opened(context).projects.note(project)
    if before not in ("", entry.id):
        note(COPIED.format(folder=folder))
    note(f"{entry.title} is known as {entry.id[:8]}, in {entry.folder}")


@workspace.command()
def forget(context: typer.Context, project: Which) -> None:
    """Know a project no more; its folder and its history stay."""
    from songreel.cli.wiring import workspace as opened

    use = opened(context)
    entry = use.projects.forget(named(use, project).id)
    note(f"{entry.title} is forgotten; {entry.folder} was not touched")


@workspace.command()
def plans(context: typer.Context, project: Which, as_json: Json = False) -> None:
    """List every plan that a project has had."""
    from songreel.cli.wiring import workspace as opened

    use = opened(context)
    found = use.plans.versions(named(use, project).id)
    if as_json:
        print_json([version.model_dump(mode="json") for version in found])
    elif not found:
        note("no plan has been noted yet")
    else:
        rows = [(str(v.number), _when(v.at), v.actor, v.what) for v in found]
        typer.echo(table(("", "at", "by", "what"), rows))


@workspace.command()
def plan(
    context: typer.Context,
    project: Which,
    number: Annotated[int, typer.Argument(min=1, help="Of the version.")],
    output: Annotated[Path, typer.Argument(metavar="FILE.json", help="Where to.")],
    force: Force = False,
) -> None:
    """Write a plan as it once was to a file; `songreel make --plan` films it."""
    from songreel.cli.wiring import workspace as opened
    from songreel.outputs import free

    free(output, force)
    use = opened(context)
    use.plans.load(named(use, project).id, number).save(output)
    note(f"written: {output}")


@workspace.command()
def assets(context: typer.Context, as_json: Json = False) -> None:
    """List the files that the workspace keeps by their content."""
    from songreel.cli.wiring import workspace as opened

    use = opened(context).assets
    found = use.all()
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in found])
        return
    if not found:
        note("no assets yet")
        return
    rows = [
        (e.sha256[:12], e.name, e.media_type, told_bytes(e.size), _when(e.at), str(e.used))
        for e in found
    ]
    typer.echo(table(("sha256", "name", "type", "size", "since", "used"), rows))
    note(f"{len(found)} assets; they take {told_bytes(use.held())} in the database and {use.place}")


@workspace.command()
def collect(context: typer.Context, dry_run: Dry = False, as_json: Json = False) -> None:
    """Remove assets that nothing refers to, and analyses that other versions of songreel made."""
    from songreel.analysis_store import heard_by
    from songreel.cli.wiring import workspace as opened

    use = opened(context)
    month_ago = datetime.now(UTC) - timedelta(days=30)
    unheard = use.analyses.forget_others(heard_by(), month_ago, dry_run=dry_run)
    done = use.assets.collect(dry_run=dry_run)
    if as_json:
        print_json(
            {"assets": [entry.sha256 for entry in done.entries], "strays": done.strays,
             "bytes": done.bytes, "analyses": unheard, "dry_run": dry_run}
        )  # fmt: skip
        return
    for entry in done.entries:
        typer.echo(f"{entry.sha256[:12]}  {told_bytes(entry.size):>9}  {entry.name}")
    would = "would be " if dry_run else ""
    note(
        f"{len(done.entries)} assets, {done.strays} files that no asset is known by and {unheard} "
        f"analyses {would}removed: {told_bytes(done.bytes)} {would}freed"
    )


@workspace.command()
def check(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Sizes only; read nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Compare what lies there with what should; exit status 1 where something is amiss."""
    from songreel.cli.wiring import workspace as opened

    use = opened(context)
    found = use.assets.check(deep=not quick)
    gone = [entry for entry in use.projects.all() if not entry.there]
    if as_json:
        print_json(
            {"files": found.files, "bytes": found.bytes, "strays": found.strays,
             "missing": [entry.sha256 for entry in found.missing],
             "spoilt": [entry.sha256 for entry in found.spoilt],
             "projects_gone": [entry.id for entry in gone]}
        )  # fmt: skip
    else:
        for what, entries in (("missing", found.missing), ("spoilt", found.spoilt)):
            for entry in entries:
                typer.echo(f"{what}  {entry.sha256[:12]}  {entry.name}")
        for project in gone:
            note(f"note: {project.title} is not in {project.folder} any more")
        how = "are there" if quick else "are there, byte for byte"
        bad = len(found.missing) + len(found.spoilt)
        note(f"{found.files - bad} of {found.files} assets {how}; {told_bytes(found.bytes)}")
    if not found.sound:
        raise typer.Exit(1)


@workspace.command()
def trail(
    context: typer.Context,
    project: Annotated[
        str | None, typer.Option("--project", "-p", metavar="PROJECT", help="Of this one only.")
    ] = None,
    action: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only these: plan, clip.bought …")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day (UTC).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The latest so many.")] = 50,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write every line there.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Say who did what, and what generation and storage have cost."""
    from songreel.cli.wiring import workspace as opened

    use = opened(context)
    known = None if project is None else named(use, project).id
    first = None if since is None else since.replace(tzinfo=UTC)
    if csv is not None:
        from songreel.models.files import whole
        from songreel.models.workspace import TrailEntry
        from songreel.outputs import free
        from songreel.store.costs import to_csv

        free(csv, force)
        lines = use.trail.entries(known, first, action=action)
        with whole(csv) as partial:
            partial.write_text(to_csv(lines, TrailEntry), encoding="utf-8", newline="")
        note(f"written: {csv}")
    found = use.trail.entries(known, first, limit, action=action)
    cost = use.trail.cost(known, first, price=use.settings.storage_price)
    if as_json:
        print_json(
            {"entries": [entry.model_dump(mode="json") for entry in found],
             "cost": cost.model_dump(mode="json")}
        )  # fmt: skip
        return
    from songreel.models.money import dollars

    rows = [
        (_when(e.at), e.actor, e.action, e.project[:8], _short(e.subject),
         dollars(e.usd) if e.usd else "", "" if e.stored is None else told_bytes(e.stored),
         _told(e.detail))
        for e in found
    ]  # fmt: skip
    if rows:
        heads = ("at", "by", "what", "project", "subject", "USD", "stored", "")
        typer.echo(table(heads, rows))
    note(f"generation: {dollars(cost.generation)} USD, {dollars(cost.set_aside)} USD set aside")
    if cost.held is not None:
        price = (
            "price not set (SONGREEL_STORAGE_USD_PER_GB_MONTH)"
            if cost.storage is None
            else f"{dollars(cost.storage)} USD"
        )
        note(
            f"storage: {price}; {told_bytes(cost.held)} held, {cost.gb_months:.3f} GB-months "
            "up to now"
        )


@workspace.command()
def credits(context: typer.Context, as_json: Json = False) -> None:  # noqa: A001
    """List prepaid sums as they were entered, and what is left; `songreel costs credit` enters."""
    from songreel.accounts import signed, told
    from songreel.cli.wiring import accounts

    ledger = accounts(context).ledger
    lines = ledger.credit_lines()
    if as_json:
        print_json(
            [
                {"at": line.at.isoformat(), "service": line.service, "note": line.note,
                 "usd": None if line.usd is None else str(line.usd)}
                for line in lines
            ]
        )  # fmt: skip
        return
    rows = [
        (_when(line.at), line.service or "all", "ended" if line.usd is None else signed(line.usd),
         line.note)
        for line in lines
    ]  # fmt: skip
    if not rows:
        note("no credit is entered; `songreel costs credit USD` enters it")
        return
    typer.echo(table(("at", "with", "USD", "note"), rows))
    for account in ledger.credits():
        note(told(account))


def named(use: "Workspace", text: str) -> "ProjectEntry":
    """The project in a folder, or with an id that begins so.

    Raises:
        InvalidInput: There is none, or several.
    """
    from songreel.project import Project

    if (Path(text) / "project.json").is_file():
        return use.projects.note(Project.open(Path(text)))
    found = [entry for entry in use.projects.all() if text and entry.id.startswith(text)]
    if len(found) > 1:
        ids = ", ".join(entry.id[:12] for entry in found)
        raise InvalidInput(f"several projects begin with {text}: {ids}; write more of it")
    return found[0] if found else use.projects.find(text)


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _told(detail: "Mapping[str, JsonValue]") -> str:
    """The plain values of a line's detail, as far as they help a reader."""
    told = (
        _short(str(value)) if name in ("what", "name", "folder") else f"{name} {_short(str(value))}"
        for name, value in detail.items()
        if isinstance(value, str | int | float) and value not in ("", False)
    )
    return ", ".join(told)


def _short(subject: str) -> str:
    return subject[:12] if len(subject) == 64 else subject
