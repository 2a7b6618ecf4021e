"""What a page of elsewhere can make a real browser do to the studio: nothing."""

import http.server
import threading
from contextlib import contextmanager

import pytest

from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from support.browsers import chromium
from support.needs import needs
from support.studio import asked, served, settings_of

sync_api = needs("playwright.sync_api")
pytestmark = pytest.mark.slow

TOKEN = "a-token-of-twenty-characters"
ATTACK = """async (studio) => {
  const came = {};
  const ask = async (name, what) => {
    try { const r = await what(); came[name] = r.type === "opaque" ? "opaque" : String(r.status); }
    catch (error) { came[name] = "refused"; }
  };
  const body = JSON.stringify({ scope: "workspace", usd: "1" });
  const json = { "content-type": "application/json" };
  await ask("read", () => fetch(`${studio}/api/projects`));
  await ask("put", () => fetch(`${studio}/api/limits`, { method: "PUT", body, headers: json }));
  await ask("upload", () => fetch(`${studio}/api/uploads?name=evil.txt`,
    { method: "POST", mode: "no-cors", credentials: "include", body: "evil words" }));
  await ask("poll", () => fetch(`${studio}/_nicegui_ws/socket.io/?EIO=4&transport=polling`));
  came.socket = await new Promise((done) => {
    const url = studio.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket";
    const socket = new WebSocket(url);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
  });
  came.image = await new Promise((done) => {
    const image = new Image();
    image.onload = () => done("shown");
    image.onerror = () => done("refused");
    image.src = `${studio}/docs`;
  });
  const form = Object.assign(document.createElement("form"),
    { action: `${studio}/api/uploads`, method: "post", enctype: "multipart/form-data",
      target: "inside" });
  const frame = Object.assign(document.createElement("iframe"), { name: "inside" });
  form.append(Object.assign(document.createElement("input"), { name: "file", value: "evil" }));
  document.body.append(frame, form);
  form.submit();
  await new Promise((done) => setTimeout(done, 400));
  return came;
}"""


@contextmanager
def elsewhere():
    """A page at another port of this machine: the same site to a browser, another origin."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title><body>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_page_of_elsewhere_does_nothing_to_the_studio(tmp_path, token):
    app = create_app(settings_of(tmp_path), Safety.of("127.0.0.1", token), runner=False)
    inside = asked(app, **({"authorization": f"Bearer {token}"} if token else {}))
    with served(app) as studio, elsewhere() as other, sync_api.sync_playwright() as play:
        browser = chromium(play)
        page = browser.new_page()
        page.set_default_timeout(90_000)
        if token is not None:  # somebody who is logged in visits the other page
            page.goto(f"{studio}/login?next=/docs")
            page.fill("#token", token)
            page.click("button")
            page.wait_for_url("**/docs")
        for address in (other, other.replace("127.0.0.1", "localhost")):
            page.goto(address)
            came = page.evaluate(ATTACK, studio)
            assert came.pop("upload") in ("opaque", "refused")
            assert set(came.values()) == {"refused"}, came
        assert inside.get("/api/limits").json() == []
        assert inside.get("/api/trail").json() == []
        assert app.state.workspace.assets.all() == ()
        page.goto(studio)
        came = page.evaluate(ATTACK, studio)  # a page of the studio's own may do all of it
        assert (came["read"], came["put"], came["socket"]) == ("200", "200", "open")
        browser.close()
