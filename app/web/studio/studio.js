/* What the studio does in the browser alone: theme, queue, drops, uploads, the connection. */
(() => {
  "use strict";
  const root = document.documentElement;
  const stored = (name, value) => {
    try {
      if (value === undefined) return localStorage.getItem(`songreel.${name}`);
      if (value === null) localStorage.removeItem(`songreel.${name}`);
      else localStorage.setItem(`songreel.${name}`, value);
    } catch {
      /* a browser that keeps nothing: the choice lasts as long as the page */
    }
    return value ?? null;
  };

  // Theme: the system's, or the one that was chosen last.
  const system = matchMedia("(prefers-color-scheme: light)");
  const current = () => root.dataset.theme ?? (system.matches ? "light" : "dark");
  const themed = () => {
    const dark = current() === "dark";
    document.body?.classList.toggle("body--dark", dark);
    document.body?.classList.toggle("body--light", !dark);
    for (const button of document.querySelectorAll('[data-sr="theme"]')) {
      button.title = dark ? "Light theme" : "Dark theme";
      button.setAttribute("aria-label", button.title);
    }
    window.dispatchEvent(new CustomEvent("songreel:theme", { detail: current() }));
  };
  const theme = (wanted) => {
    root.dataset.theme = wanted ?? (current() === "dark" ? "light" : "dark");
    stored("theme", root.dataset.theme);
    themed();
  };
  system.addEventListener("change", themed);

  const palette = (rules) => {
    const styles = [...document.querySelectorAll("style[data-sr-palette]")];
    const last = styles.pop();
    for (const style of styles) style.remove();
    if (last && last.textContent !== rules) last.textContent = rules;
    window.dispatchEvent(new CustomEvent("songreel:theme", { detail: current() }));
  };

  // The queue: beside the page where there is room, over its foot on a phone.
  const queue = (open, keyboard = false) => {
    const app = document.querySelector(".sr-app");
    if (!app) return;
    const now = open ?? app.dataset.queue !== "open";
    app.dataset.queue = now ? "open" : "shut";
    stored("queue", app.dataset.queue);
    const panel = document.getElementById("sr-queue");
    if (panel) panel.inert = !now;
    for (const button of document.querySelectorAll('[data-sr="queue"]'))
      button.setAttribute("aria-expanded", String(now));
    // Who opened it with the mouse keeps the focus: Space is to play the song, not to hold the queue.
    // A panel that is still on its way out takes the focus once it has been drawn anew.
    const enter = () => panel?.querySelector("button, a")?.focus({ preventScroll: true });
    if (now && keyboard) requestAnimationFrame(() => requestAnimationFrame(enter));
  };

  const acts = {
    theme: () => theme(),
    queue: (element, event) => queue(undefined, !event.detail),
    "queue-close": (element, event) => {
      queue(false);
      if (!event?.detail) document.querySelector('[data-sr="queue"]')?.focus();
    },
    browse: (element) => choose(element),
  };
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-sr]");
    if (element) acts[element.dataset.sr]?.(element, event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector(".q-dialog")) return;
    const phone = matchMedia("(max-width: 899px)").matches;
    if (phone && document.querySelector('.sr-app[data-queue="open"]')) acts["queue-close"]();
  });

  // Uploads: straight to REST, told to the page step by step.
  const upload = (file, zone, of = 1, batch = Date.now()) => {
    const face = zone.querySelector("[data-purpose]") ?? zone;
    const { purpose, kinds, archives } = face.dataset;
    const archive = !!archives && /\.zip$/i.test(file.name);
    const number = `${Date.now()}-${Math.random()}`;
    const told = (more) =>
      emitEvent("songreel_upload", { number, purpose, name: file.name, size: file.size, of, batch, ...more });
    if (!file.size) return told({ state: "refused", error: "the file is empty" });
    const request = new XMLHttpRequest();
    let last = 0;
    request.upload.onprogress = (event) => {
      const now = performance.now();
      if (event.lengthComputable && (now - last > 120 || event.loaded === event.total)) {
        last = now;
        told({ state: "sending", sent: event.loaded / event.total });
      }
    };
    request.onload = () => {
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        /* told below */
      }
      if (request.status >= 200 && request.status < 300 && answer)
        told(archive ? { state: "unpacked", made: answer } : { state: "there", asset: answer });
      else told({ state: "refused", error: answer?.error ?? `the studio refused it (${request.status})` });
    };
    request.onerror = () => told({ state: "refused", error: "the connection broke off; try again" });
    told({ state: "sending", sent: 0 });
    const asked = new URLSearchParams({ name: file.name });
    for (const kind of (kinds ?? "").split(",").filter(Boolean)) asked.append("kind", kind);
    request.open("POST", archive ? "/api/projects/unpack" : `/api/uploads?${asked}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  };
  const choose = (face) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: face.dataset.accept ?? "", multiple: !!face.dataset.several });
    input.onchange = () => {
      const batch = Date.now();
      for (const file of input.files) upload(file, face, input.files.length, batch);
    };
    input.click();
  };

  // A file may be dropped anywhere on a page that has a place for it, or into a zone of its own.
  const SEVERAL = 500;
  const faceOf = (zone) => zone.querySelector("[data-purpose]") ?? zone;
  const filesIn = async (entry) => {
    if (entry.name.startsWith(".")) return [];
    if (entry.isFile) return [await new Promise((done, lost) => entry.file(done, lost))];
    const reader = entry.createReader();
    const found = [];
    // A reader gives a part of the folder at a time, nothing at its end.
    for (;;) {
      const part = await new Promise((done, lost) => reader.readEntries(done, lost));
      if (!part.length || found.length >= SEVERAL) return found;
      for (const inner of part) found.push(...(await filesIn(inner)));
    }
  };
  const suits = (file, { kinds, accept }) =>
    (kinds ?? "").split(",").some((kind) => kind && file.type.startsWith(`${kind}/`)) ||
    (accept ?? "").split(",").some((end) => end.startsWith(".") && file.name.toLowerCase().endsWith(end));
  const take = async (dropped, zone) => {
    const face = faceOf(zone).dataset;
    const batch = Date.now();
    const files = [];
    const refuse = (name, error) =>
      emitEvent("songreel_upload", {
        number: `${Math.random()}`, purpose: face.purpose, batch, name, state: "refused", error,
      });
    for (const { entry, file } of dropped) {
      if (!entry?.isDirectory) {
        if (file) files.push(file);
        continue;
      }
      const inside = await filesIn(entry).catch(() => []);
      const fit = inside.filter((one) => suits(one, face));
      files.push(...fit);
      if (!fit.length) refuse(entry.name, "the folder holds nothing that can be taken here");
      else if (fit.length < inside.length)
        refuse(entry.name, `${inside.length - fit.length} of its ${inside.length} files cannot be taken here`);
    }
    const most = face.several ? SEVERAL : 1;
    if (files.length > most)
      refuse(files[most].name, most === 1 ? "one file at a time is taken here; the first was" : `the first ${most} files were taken; drop the rest by itself`);
    const sent = files.slice(0, most);
    for (const file of sent) upload(file, zone, sent.length, batch);
  };
  let depth = 0;
  const place = (event) =>
    event?.target.closest?.("[data-sr-zone]") ?? document.querySelector("[data-sr-drop]");
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (on) =>
    document.querySelector(".sr-app")?.classList.toggle("sr-dropping", on && !!place());
  addEventListener("dragenter", (event) => carries(event) && (depth++, over(true)));
  addEventListener("dragleave", (event) => carries(event) && --depth <= 0 && ((depth = 0), over(false)));
  addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth = 0;
    over(false);
    const zone = place(event);
    if (!zone) return;
    // Read now: what was dropped is gone once this handler has returned.
    const dropped = [...event.dataTransfer.items]
      .filter((item) => item.kind === "file")
      .map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
    take(dropped, zone);
  });
  // A poster that is not there leaves the palette beneath it.
  addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement && event.target.dataset.srVanish) event.target.remove();
  }, true);

  // Jobs are carried to another place of the queue.
  let carried = null;
  const list = () => document.querySelector("#sr-queue .sr-jobs");
  const unmark = () => {
    for (const job of list()?.children ?? []) job.classList.remove("sr-before", "sr-carried");
    list()?.classList.remove("sr-last");
  };
  const below = (event) =>
    [...(list()?.children ?? [])].find((job) => {
      const box = job.getBoundingClientRect();
      return job.draggable && job !== carried && event.clientY < box.top + box.height / 2;
    });
  addEventListener("dragstart", (event) => {
    carried = event.target.closest?.("[data-job]");
    if (!carried) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", carried.dataset.job);
    carried.classList.add("sr-carried");
  });
  addEventListener("dragover", (event) => {
    if (!carried || !event.target.closest?.("#sr-queue")) return;
    event.preventDefault();
    const next = below(event);
    for (const job of list().children) job.classList.toggle("sr-before", job === next);
    list().classList.toggle("sr-last", !next);
  });
  addEventListener("dragend", () => {
    carried = null;
    unmark();
  });
  addEventListener("drop", (event) => {
    if (!carried || !event.target.closest?.("#sr-queue")) return;
    event.preventDefault();
    const detail = { job: carried.dataset.job, before: below(event)?.dataset.job ?? null };
    list().dispatchEvent(new CustomEvent("songreel_move", { detail }));
  });

  // The connection: said where everybody sees and hears it.
  const mark = (value) => {
    try {
      if (value === undefined) return sessionStorage.getItem("songreel.lost");
      if (value === null) sessionStorage.removeItem("songreel.lost");
      else sessionStorage.setItem("songreel.lost", value);
    } catch {
      /* a browser that keeps nothing: the page that comes back says nothing */
    }
    return null;
  };
  addEventListener("beforeunload", () => window.socket?.connected && mark(null));
  const watch = () => {
    const socket = window.socket;
    if (!socket) return setTimeout(watch, 100);
    // A studio that was started anew has its pages load themselves again: that is told, too.
    let lost = false;
    const line = () => document.querySelector(".sr-offline");
    const say = (text, state) => {
      const place = line();
      if (!place) return;
      place.textContent = text;
      place.dataset.state = state;
    };
    socket.on("disconnect", () => {
      lost = true;
      mark("yes");
      say("The connection to the studio is lost; trying again …", "lost");
    });
    socket.on("connect", () => {
      if (!lost) return;
      back();
    });
    const back = () => {
      lost = false;
      mark(null);
      say("Connected again", "back");
      setTimeout(() => !lost && say("", ""), 2500);
    };
    if (mark() === "yes") back();
  };

  const begin = () => {
    if (!document.querySelector(".sr-app")) return setTimeout(begin, 20);
    themed();
    queue(stored("queue") === "open" && matchMedia("(min-width: 1200px)").matches);
    watch();
  };
  window.songreel = { theme, palette, queue, upload, choose, current };
  document.readyState === "loading" ? addEventListener("DOMContentLoaded", begin) : begin();
})();
