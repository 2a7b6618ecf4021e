"""Clips and photos for a project: `footage`, `put_footage`."""

from pathlib import Path

from songreel.models.names import fit_name
from songreel.models.work import Footage
from songreel.project import Project
from songreel.queue.bench import Bench, Result, fetched

FOOTAGE = "footage"
"""Folder of a project's own clips and photos."""


def footage(bench: Bench, work: Footage) -> Result:
    """Clips and photos for a project."""
    project = bench.project()
    with project.held():
        folder = put_footage(bench, project, work.assets)
        if work.use:
            project.change(footage=str(folder), visuals="footage")
    names: list[str] = sorted(path.name for path in folder.iterdir() if path.is_file())
    return {"footage": [*names]}


def put_footage(bench: Bench, project: Project, assets: tuple[str, ...]) -> Path:
    """Put assets into the project's folder of footage, which it gives."""
    folder = project.folder / FOOTAGE
    for done, sha in enumerate(assets):
        entry = bench.workspace.assets.get(sha)
        bench.tell.progress(f"taking footage in: {entry.name}", done / len(assets))
        fetched(bench.workspace, sha, folder, fit_name(entry.name))
    return folder.resolve()
