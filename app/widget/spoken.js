// The timeline for who does not see it: shots as a list box, edits told as they happen.

const STATES = {
  working: "clip being made", made: "clip made", stale: "clip of an earlier plan", failed: "clip failed",
};

/** A shot for the ear: "shot s08, bar 17, beat 3, 2.1 seconds long, chorus, locked". */
export function shotLabel(shot, grid, sections, working) {
  const parts = [`shot ${shot.id}`, grid.say(shot.start), `${(shot.end - shot.start).toFixed(1)} seconds long`];
  const section = sections?.[shot.section];
  if (section) parts.push(section.label);
  if (shot.locked) parts.push("locked");
  if (shot.transition !== "cut") parts.push(`begins with a ${shot.transition}`);
  if (working !== undefined) parts.push(`clip being made, ${Math.round(working * 100)} percent`);
  else if (STATES[shot.state]) parts.push(STATES[shot.state]);
  if (shot.motif) parts.push(shot.motif);
  return parts.join(", ");
}

export class Spoken {
  constructor(list, live) {
    this.list = list;
    this.live = live;
    this.options = [];
    this.labels = [];
  }

  /** Make the list the shots, touching only the options that are others. */
  update(shots, { grid, sections, working, selection, active }) {
    while (this.options.length > shots.length) this.options.pop().remove();
    const fresh = document.createDocumentFragment();
    shots.forEach((shot, i) => {
      let option = this.options[i];
      if (!option) {
        option = document.createElement("div");
        option.setAttribute("role", "option");
        option.tabIndex = -1;
        this.options[i] = option;
        this.labels[i] = "";
        fresh.append(option);
      }
      const label = shotLabel(shot, grid, sections, working[shot.id]);
      if (this.labels[i] !== label) {
        this.labels[i] = label;
        option.setAttribute("aria-label", label);
        option.dataset.shot = shot.id;
      }
    });
    this.list.append(fresh);
    this.mark(shots, selection, active);
  }

  /** Which options are selected, and which one Tab comes to. */
  mark(shots, selection, active) {
    shots.forEach((shot, i) => {
      const option = this.options[i];
      const chosen = String(selection.has(shot.id));
      if (option.getAttribute("aria-selected") !== chosen) option.setAttribute("aria-selected", chosen);
      const tab = i === active ? 0 : -1;
      if (option.tabIndex !== tab) option.tabIndex = tab;
    });
  }

  focus(index) {
    this.options[index]?.focus({ preventScroll: true });
  }

  /** Tell it; the same sentence twice is told twice. */
  say(text) {
    this.live.textContent = this.live.textContent === text ? `${text}\u00a0` : text;
  }
}
