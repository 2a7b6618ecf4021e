"""The same song and wishes give the same plan, byte for byte, whoever asks for it."""

import pytest

from songreel.planning import Direction
from songreel.services import Services
from songreel.web.studio.direction import Wishes
from songreel.wording import Wording
from support.command import command
from support.studio import asked, send, settings_of, song, studio_of, work_off

WISHES = [
    ({}, (), Direction()),
    (
        {"look": "neon-night", "style": "driving", "seed": 5, "effects": 0.8, "density": 1.5,
         "title": "Night", "artist": "Nobody"},
        ("--look", "neon-night", "--style", "driving", "--seed", 5, "--effects", 0.8,
         "--density", 1.5, "--title", "Night", "--artist", "Nobody"),
        Direction("neon-night", "driving", 5, effects=0.8, density=1.5,
                  words=Wording(title="Night", artist="Nobody")),
    ),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("planning", "options", "direction"), WISHES)
def test_command_services_rest_and_studio_plan_alike(tmp_path, planning, options, direction):
    path = song(tmp_path / "night drive.wav", 10.0)

    run = command(tmp_path)
    run("plan", path, "-o", tmp_path / "plan.json", *options)
    by_command = (tmp_path / "plan.json").read_bytes()

    services = Services(settings_of(tmp_path))
    by_services = services.plan(path, direction, None).to_json().encode()

    app = studio_of(tmp_path / "studio")
    client = asked(app)
    asset = send(client, path.read_bytes(), path.name).json()
    project = client.post("/api/projects", json={"song": asset["sha256"]}).json()
    work = {"kind": "plan", "project": project["id"], "planning": planning}
    assert client.post("/api/jobs", json=work).status_code == 202
    work_off(app.state.workspace)
    by_rest = client.get(f"/api/projects/{project['id']}/plan").content

    workspace = app.state.workspace
    entry = workspace.editing.create(asset["sha256"], path.stem)
    workspace.queue.add(Wishes(planning=planning).plan(entry.id), actor="studio")
    work_off(workspace)

    assert by_command == by_services
    assert by_rest == by_services
    assert workspace.projects.open(project["id"]).plan.read_bytes() == by_rest
    assert workspace.projects.open(entry.id).plan.read_bytes() == by_services
