"""What happens in the workspace, as the pages that are open are told of it."""

import asyncio
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest

from songreel.models.work import Hear
from songreel.workspace import Workspace
from support.needs import needs
from support.studio import settings_of

needs("nicegui")


class _Page(AbstractContextManager):
    """What a listener belongs to, as far as a pulse looks at it."""

    def __init__(self, name):
        self.client = SimpleNamespace(id=name)
        self.is_deleted = False

    def __exit__(self, *_):
        return None


@pytest.fixture
def pulse(tmp_path, monkeypatch):
    from nicegui.client import Client

    from songreel.web.happenings import Happenings
    from songreel.web.studio.pulse import Pulse

    workspace = Workspace(settings_of(tmp_path), "studio")
    workspace.queue.add(Hear(project="0" * 32), actor="studio")  # before anybody listened
    monkeypatch.setattr(Client, "instances", {"one": None, "two": None})
    return Pulse(workspace, Happenings(lambda: workspace.queue.last_event))


async def _until(condition, seconds=120.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def test_a_page_that_fails_keeps_no_other_from_hearing(pulse, monkeypatch, caplog):
    monkeypatch.setattr("songreel.web.studio.pulse.SILENCE", 0.1)
    told, others, queue = [], [], pulse.workspace.queue

    def fail(events):
        raise KeyError(events[0].job)

    async def listen():
        monkeypatch.setattr("nicegui.core.loop", asyncio.get_running_loop())
        one, two = _Page("one"), _Page("two")
        await pulse.listen(one, fail)
        await pulse.listen(two, told.extend)
        await pulse.listen(two, others.extend, "f" * 32)
        first = queue.add(Hear(project="1" * 32), actor="studio")
        await _until(lambda: len(told) == 1)
        second = queue.add(Hear(project="f" * 32), actor="studio")
        await _until(lambda: len(told) == 2)
        one.is_deleted = two.is_deleted = True
        await _until(lambda: not pulse._running)
        queue.add(Hear(project="2" * 32), actor="studio")  # nobody listens
        await pulse.listen(_Page("one"), told.extend)
        third = queue.add(Hear(project="3" * 32), actor="studio")
        await _until(lambda: len(told) == 3)
        pulse.happenings.close()
        await _until(lambda: not pulse._running)
        return [first.id, second.id, third.id]

    jobs = asyncio.run(listen())
    assert [event.job for event in told] == jobs
    assert [event.job for event in others] == [jobs[1]]
    assert "a page cannot show what happened" in caplog.text
