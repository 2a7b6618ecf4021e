/* Buttons, keys and pointers, between the player and the view. */

const song = JSON.parse(document.getElementById("song").textContent);
song.firsts = new Map(song.downbeats.map((beat, i) => [beat, i + 1])); // beat → bar, from 1
const starts = song.sections.map((part) => part.start);
const chordStarts = song.chords.map((chord) => chord[0]);
const keyStarts = song.keys.map((key) => key[0]);
const byId = (id) => document.getElementById(id);
const sheet = byId("sheet");
const texts = [...document.querySelectorAll("script.clip")].map((node) => node.textContent);
const player = new Player(song, texts);
const view = new View(song, sheet, byId("view"), byId("head"), byId("over"));
const rows = [...document.querySelectorAll("table.sections tbody tr")];

/* "bar 12 · beat 3", or nothing without a grid. */
function place(time) {
  const beat = before(song.beats, time);
  const bar = before(song.downbeatTimes, time);
  if (beat < 0) return "";
  if (bar < 0) return song.downbeats.length ? "pickup" : "";
  return `bar ${bar + 1} · beat ${beat - song.downbeats[bar] + 1}`;
}
song.downbeatTimes = song.downbeats.map((i) => song.beats[i]);

function tempoAt(time) {
  if (!song.tempo) return "–";
  const { rate, values } = song.tempo;
  return `${values[Math.min(Math.round(time * rate), values.length - 1)].toFixed(1)}`;
}

const chordAt = (time) => song.chords[before(chordStarts, time)]?.[2] || "–";
const keyAt = (time) => song.keys[before(keyStarts, time)]?.[2] || "–";
const set = (id, words) => {
  const node = byId(id);
  if (node.textContent !== words) node.textContent = words;
};

let shown = -1;
function tell(time) {
  set("clock", clock(time));
  set("place", place(time) || `of ${clock(song.duration, 0)}`);
  const index = Math.max(before(starts, time), 0);
  const part = song.sections[index];
  set("now-section", `${part.letter} ${part.label}`);
  set("now-chord", chordAt(time));
  set("now-key", keyAt(time));
  set("now-tempo", tempoAt(time));
  if (index !== shown) {
    rows[shown]?.classList.remove("here");
    rows[index].classList.add("here");
    shown = index;
  }
  view.point(time);
}

function announce() {
  const time = player.time;
  sheet.setAttribute("aria-valuenow", time.toFixed(2));
  const part = song.sections[Math.max(before(starts, time), 0)];
  sheet.setAttribute("aria-valuetext", `${clock(time)}, ${place(time)}, ${part.label} ${part.letter}`);
}

function frame() {
  const time = player.time;
  tell(time);
  const span = view.until - view.from;
  // A page is turned when the playhead comes near its end; a drag in progress is left alone.
  if (view.zoomed && !drag && (time > view.until - 0.08 * span || time < view.from)) {
    if (time < song.duration - 0.08 * span) view.show(time - 0.1 * span, time + 0.9 * span);
  }
  if (player.playing) requestAnimationFrame(frame);
}

player.onchange = () => {
  document.body.classList.toggle("playing", player.playing);
  byId("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  announce();
  requestAnimationFrame(frame);
};
player.onfault = (words) => {
  byId("fault").textContent = words;
  byId("fault").hidden = false;
};

const toggle = () => (player.playing ? player.pause() : player.play());
function seek(time) {
  player.seek(time);
  const span = view.until - view.from;
  if (time < view.from || time > view.until) view.show(time - 0.2 * span, time + 0.8 * span);
  announce();
  tell(player.place);
}
function metronome(on) {
  player.setClicks(on, byId("loud").value / 100);
  byId("metronome").setAttribute("aria-pressed", String(on));
}
const step = (times, by) => {
  const here = before(times, player.time + (by < 0 && player.playing ? -0.25 : 0));
  const back = here >= 0 && times[here] < player.time - 1e-3 - (player.playing ? 0.25 : 0);
  const next = by > 0 ? here + 1 : here - (back ? 0 : 1);
  if (next < times.length) seek(times[Math.max(next, 0)] ?? 0);
};
const zoom = (factor) => {
  const time = player.time;
  view.zoom(factor, time >= view.from && time <= view.until ? time : (view.from + view.until) / 2);
};

byId("play").onclick = toggle;
byId("metronome").onclick = () => metronome(!player.clicking);
byId("metronome").disabled = byId("loud").disabled = !song.beats.length;
byId("loud").oninput = () => metronome(player.clicking);
byId("in").onclick = () => zoom(2);
byId("out").onclick = () => zoom(0.5);
byId("all").onclick = () => view.show(0, song.duration);
for (const node of document.querySelectorAll(".jump")) node.onclick = () => seek(Number(node.dataset.to));
for (const row of rows) row.onclick = (event) => event.target.closest("button") || seek(Number(row.dataset.start));

const keys = {
  " ": toggle, m: () => metronome(!player.clicking), "+": () => zoom(2), "=": () => zoom(2), "-": () => zoom(0.5),
  0: () => view.show(0, song.duration), Home: () => seek(0), End: () => seek(song.duration),
  ArrowLeft: (e) => step(e.shiftKey ? song.downbeatTimes : song.beats, -1),
  ArrowRight: (e) => step(e.shiftKey ? song.downbeatTimes : song.beats, 1),
  ArrowUp: () => step(starts, -1), ArrowDown: () => step(starts, 1),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target;
  if (on.tagName === "INPUT" && event.key !== "m") return;
  if (event.key === " " && (on.tagName === "BUTTON" || on.tagName === "SUMMARY")) return;
  // The page itself scrolls up and down unless the song has the focus.
  if ((event.key === "ArrowUp" || event.key === "ArrowDown") && on !== sheet) return;
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(event);
});

/* Press and let go: jump. Press and move: pan. On the form row the jump is to the section. */
let drag = null;
const where = (event) => {
  const box = sheet.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
sheet.addEventListener("pointerdown", (event) => {
  drag = { x: event.clientX, from: view.from, until: view.until, moved: false };
});
sheet.addEventListener("pointermove", (event) => {
  const [x, y] = where(event);
  if (drag && event.buttons) {
    const by = event.clientX - drag.x;
    if (Math.abs(by) > 4 && view.zoomed) drag.moved = true;
    if (drag.moved) {
      const shift = (by / view.room) * (drag.until - drag.from);
      view.show(drag.from - shift, drag.until - shift);
    }
  }
  tip(x, y, event.pointerType);
});
window.addEventListener("pointerup", (event) => {
  if (drag && !drag.moved && sheet.contains(event.target)) {
    const [x, y] = where(event);
    const time = Math.min(Math.max(view.time(x), 0), song.duration);
    const form = view.rows.find((row) => row.name === "form");
    const onForm = y >= form.y && y < form.y + form.height;
    seek(onForm ? starts[Math.max(before(starts, time), 0)] : time);
  }
  drag = null;
});
window.addEventListener("pointercancel", () => (drag = null));
sheet.addEventListener("pointerleave", () => (byId("tip").hidden = true));
sheet.addEventListener("wheel", (event) => {
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    view.zoom(Math.exp(-event.deltaY / 200), view.time(where(event)[0]));
  } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && view.zoomed) {
    event.preventDefault();
    const shift = (event.deltaX / view.room) * (view.until - view.from);
    view.show(view.from + shift, view.until + shift);
  }
}, { passive: false });
byId("over").addEventListener("pointerdown", (event) => {
  const go = (moved) => {
    const box = byId("over").getBoundingClientRect();
    const middle = ((moved.clientX - box.left - view.gutter) / view.room) * song.duration;
    const half = (view.until - view.from) / 2;
    view.show(middle - half, middle + half);
  };
  go(event);
  byId("over").setPointerCapture(event.pointerId);
  byId("over").onpointermove = go;
  byId("over").onpointerup = () => (byId("over").onpointermove = null);
});

function tip(x, y, pointer) {
  const node = byId("tip");
  const time = view.time(x);
  node.hidden = pointer === "touch" || time < 0 || time > song.duration || x < view.gutter;
  if (node.hidden) return;
  const part = song.sections[Math.max(before(starts, time), 0)];
  const chord = chordAt(time);
  const lines = [clock(time, 2), place(time), `${part.letter} ${part.label}: ${part.trust}`,
    chord === "–" ? "" : `chord ${chord}`, part.words.slice(0, 3).join(", ")];
  node.textContent = lines.filter(Boolean).join("\n");
  const left = x + 16 + node.offsetWidth > sheet.clientWidth ? x - 14 - node.offsetWidth : x + 14;
  node.style.transform = `translate(${left}px, ${Math.min(y + 14, view.height - node.offsetHeight)}px)`;
}

const night = matchMedia("(prefers-color-scheme: dark)");
function theme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  byId("theme").textContent = dark ? "Light" : "Dark";
  view.draw();
}
byId("theme").onclick = () => theme(document.documentElement.dataset.theme !== "dark");
night.addEventListener("change", () => theme(night.matches));
theme(night.matches);
new ResizeObserver(() => view.draw()).observe(sheet);

const wanted = Number(new URLSearchParams(location.hash.slice(1)).get("t"));
if (wanted > 0) seek(wanted);
tell(player.time);
announce();
