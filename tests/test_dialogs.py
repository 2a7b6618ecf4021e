"""Dialogs of the studio's pages, and what becomes of them."""

import asyncio

from support.needs import needs

needs("nicegui")

from nicegui import Client, core, ui  # noqa: E402

from songreel.web.studio.kit import answered, dialog  # noqa: E402


async def _answer(end):
    """What is answered when `end(client, dialog)` happens to an open dialog; whether it is gone."""
    core.loop = asyncio.get_running_loop()
    with Client(ui.page("/dialog-test")) as client, dialog("Sure?") as shown:
        pass
    waiting = asyncio.ensure_future(answered(shown))
    await asyncio.sleep(0)
    assert not waiting.done()
    end(client, shown)
    return await asyncio.wait_for(waiting, 5), shown.is_deleted


def test_an_answer_is_given_once_and_the_dialog_goes(monkeypatch):
    monkeypatch.setattr(core, "loop", None)
    assert asyncio.run(_answer(lambda _, shown: shown.submit("yes"))) == ("yes", True)


def test_a_dialog_that_goes_with_its_page_is_no_answer_and_no_fault(monkeypatch):
    monkeypatch.setattr(core, "loop", None)
    assert asyncio.run(_answer(lambda client, _: client.delete())) == (None, True)
