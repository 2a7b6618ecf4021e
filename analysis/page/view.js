/* The song drawn as rows over time: what stands still on one canvas, the playhead on another. */

const decoded = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const clock = (seconds, digits = 1) => {
  const unit = 10 ** digits;
  const whole = Math.floor(seconds * unit + 1e-6) / unit;
  const minutes = Math.floor(whole / 60);
  return `${minutes}:${(whole - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0")}`;
};

/* Index of the last of sorted `times` that is at or before `time`; −1 before all. */
const before = (times, time) => {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time + 1e-6) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

const BANDS = ["kick", "snare", "hat", "bass", "melody"];
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200];

class View {
  constructor(song, sheet, view, head, over) {
    Object.assign(this, { song, sheet, view, head, over });
    this.from = 0;
    this.until = song.duration;
    this.peaks = this.pyramid(new Int8Array(decoded(song.peaks.values).buffer));
    this.curves = {};
    for (const [name, curve] of Object.entries(song.curves)) {
      const bytes = decoded(curve.values);
      const values = Float32Array.from(bytes, (b) => curve.low + ((1 - curve.low) * b) / 255);
      this.curves[name] = { rate: curve.rate, values };
    }
    if (song.tempo) this.curves.tempo = song.tempo;
    this.rows = this.layout();
  }

  layout() {
    const { song, curves } = this;
    const rows = [
      ["", 26, this.ruler], ["form", 46, this.form], ["events", song.events.length ? 20 : 0, this.events],
      ["wave", 112, this.wave], ["bars", song.beats.length ? 26 : 0, this.bars],
      ["chords", song.chords.length ? 24 : 0, this.chords], ["key", song.keys.length ? 22 : 0, this.keys],
      ["energy", 66, this.energy], ["mood", 58, this.mood],
      ["tempo", curves.tempo ? 44 : 0, this.tempo],
      ...BANDS.filter((band) => song.onsets[band]).map((band) => [band, 15, (y, h) => this.hits(band, y, h)]),
    ].filter(([, height]) => height);
    let y = 0;
    return rows.map(([name, height, draw]) => {
      const gap = name in song.onsets ? 1 : 9;
      const row = { name, y, height, draw };
      y += height + gap;
      return row;
    });
  }

  /* The waveform at its own resolution, and halved again and again. */
  pyramid(pairs) {
    const levels = [pairs];
    while (levels.at(-1).length > 1024) {
      const fine = levels.at(-1);
      const coarse = new Int8Array(2 * Math.ceil(fine.length / 4));
      for (let i = 0; i < coarse.length / 2; i++) {
        const last = Math.min(2 * i + 1, fine.length / 2 - 1);
        coarse[2 * i] = Math.min(fine[4 * i], fine[2 * last]);
        coarse[2 * i + 1] = Math.max(fine[4 * i + 1], fine[2 * last + 1]);
      }
      levels.push(coarse);
    }
    return levels;
  }

  get zoomed() {
    return this.until - this.from < this.song.duration - 1e-6;
  }

  x(time) {
    return this.gutter + ((time - this.from) / (this.until - this.from)) * this.room;
  }

  time(x) {
    return this.from + ((x - this.gutter) / this.room) * (this.until - this.from);
  }

  show(from, until) {
    const { duration } = this.song;
    const span = Math.min(Math.max(until - from, Math.min(2, duration)), duration);
    const middle = (from + until) / 2;
    this.from = Math.min(Math.max(middle - span / 2, 0), duration - span);
    this.until = this.from + span;
    this.draw();
  }

  zoom(factor, around) {
    const span = (this.until - this.from) / factor;
    const part = (around - this.from) / (this.until - this.from);
    const from = around - Math.min(Math.max(part, 0), 1) * span;
    this.show(from, from + span);
  }

  canvas(element, height) {
    const scale = window.devicePixelRatio || 1;
    const width = this.sheet.clientWidth;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    element.style.height = `${height}px`;
    const pen = element.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    return pen;
  }

  draw() {
    const css = getComputedStyle(document.documentElement);
    this.color = (name) => css.getPropertyValue(`--${name}`).trim();
    this.hue = (hue, alpha = 1) => `hsl(${hue} ${this.color("sat")} ${this.color("light")} / ${alpha})`;
    const width = this.sheet.clientWidth;
    this.narrow = width < 640;
    this.gutter = this.narrow ? 10 : 74;
    this.room = Math.max(width - this.gutter - (this.narrow ? 10 : 16), 10);
    const last = this.rows.at(-1);
    this.height = last.y + last.height + 10;
    this.pen = this.canvas(this.view, this.height);
    this.top = this.canvas(this.head, this.height);
    this.sheet.style.height = `${this.height}px`;
    const { pen } = this;
    pen.textBaseline = "middle";
    for (const row of this.rows) {
      pen.save();
      pen.beginPath();
      pen.rect(this.gutter, row.y, this.room, row.height);
      pen.clip();
      row.draw.call(this, row.y, row.height);
      pen.restore();
    }
    this.names();
    this.map();
    this.point(this.at ?? 0);
  }

  /* Names of the rows: in the margin, or, on a narrow screen, in the rows that have room. */
  names() {
    for (const { name, y, height } of this.rows) {
      const named = name === "mood" ? [["valence", "cool"], ["arousal", "warm"]]
        : name === "energy" && this.curves.voice ? [["energy", "ink"], ["voice", "warm"]]
        : name ? [[name, "soft"]] : [];
      let left = this.gutter + 3;
      named.forEach(([word, color], i) => {
        if (!this.narrow) {
          const part = (i + 1) / (named.length + 1);
          this.text(word, this.gutter - 10, y + part * height, this.color(color), 12, "right");
        } else if (["energy", "mood", "tempo"].includes(name)) {
          this.text(word, left, y + 7, this.color(color), 10.5, "left", true);
          left += this.pen.measureText(word).width + 8;
        } else if (name in this.song.onsets) {
          this.text(word, left, y + height / 2, this.color(color), 10, "left", true);
        }
      });
    }
  }

  text(words, x, y, color, size = 12, align = "left", backed = false) {
    const { pen } = this;
    pen.font = `${size}px system-ui, sans-serif`;
    pen.textAlign = align;
    if (backed) {
      pen.fillStyle = this.color("card");
      pen.globalAlpha = 0.8;
      pen.fillRect(x - 2, y - size * 0.6, pen.measureText(words).width + 4, size * 1.2);
      pen.globalAlpha = 1;
    }
    pen.fillStyle = color;
    pen.fillText(words, x, y + 0.5);
  }

  /* `words` in the middle of a span where there is room, pushed along so that they stay in view. */
  label(words, start, end, y, color, size, weight = 400) {
    const left = Math.max(this.x(start), this.gutter);
    const right = Math.min(this.x(end), this.gutter + this.room);
    this.pen.font = `${weight} ${size}px system-ui, sans-serif`;
    if (this.pen.measureText(words).width + 6 > right - left) return false;
    this.pen.textAlign = "center";
    this.pen.fillStyle = color;
    this.pen.fillText(words, (left + right) / 2, y + 0.5);
    return true;
  }

  seen(start, end) {
    return end >= this.from && start <= this.until;
  }

  ruler(y, h) {
    const { pen } = this;
    const least = this.narrow ? 52 : 64;
    const step = STEPS.find((s) => (s / (this.until - this.from)) * this.room >= least) ?? 3600;
    for (let i = Math.ceil(this.from / step); i * step <= this.until; i++) {
      const x = this.x(i * step);
      pen.fillStyle = this.color("line");
      pen.fillRect(x, y + h - 8, 1, 8);
      const words = clock(i * step, step < 1 ? 1 : 0);
      const half = 16;
      if (x + half < this.gutter + this.room) this.text(words, Math.max(x, this.gutter + half), y + 8, this.color("soft"), 11.5, "center");
    }
  }

  form(y, h) {
    const { pen } = this;
    for (const part of this.song.sections) {
      if (!this.seen(part.start, part.end)) continue;
      const left = this.x(part.start);
      const width = this.x(part.end) - left;
      const doubtful = (word) => word === "doubtful" || word === "a guess";
      const faint = doubtful(part.border);
      pen.fillStyle = part.label === "silence" ? this.color("line") : this.hue(part.hue, faint ? 0.4 : 1);
      pen.beginPath();
      pen.roundRect(left + 0.75, y, Math.max(width - 1.5, 1), h, Math.min(5, width / 3));
      pen.fill();
      const ink = this.color(part.label === "silence" || faint ? "ink" : "on");
      const shown = this.label(part.letter, part.start, part.end, y + h * 0.34, ink, 16, 650);
      const word = doubtful(part.trust) ? `${part.label}?` : part.label;
      if (shown && !this.label(word, part.start, part.end, y + h * 0.73, ink, 11.5)) {
        this.label(word, part.start, part.end, y + h * 0.73, ink, 9.5);
      }
    }
  }

  events(y, h) {
    const { pen } = this;
    let taken = -1;
    for (const [kind, start, end] of this.song.events) {
      if (!this.seen(start, end)) continue;
      const [left, right] = [this.x(start), this.x(end)];
      pen.fillStyle = this.color(kind === "drop" ? "warm" : kind === "build" ? "amber" : "soft");
      pen.beginPath();
      if (kind === "build") {
        pen.moveTo(left, y + h - 2), pen.lineTo(right, y + h - 2), pen.lineTo(right, y + 4);
      } else if (kind === "drop") {
        pen.moveTo(left - 5, y + 5), pen.lineTo(left + 5, y + 5), pen.lineTo(left, y + h - 3);
      } else {
        pen.roundRect(left, y + h / 2 - 3, Math.max(right - left, 3), 6, 2);
      }
      pen.fill();
      pen.font = "11px system-ui, sans-serif";
      const width = pen.measureText(kind).width;
      const at = kind === "drop" ? left + 8 : kind === "build" ? left - width - 4 : Math.max(right, left + 3) + 4;
      if (at > taken && at + width < this.gutter + this.room) {
        this.text(kind, at, y + h / 2, pen.fillStyle, 11);
        taken = at + width + 4;
      }
    }
  }

  wave(y, h) {
    const { pen, song } = this;
    const middle = y + h / 2;
    const perPixel = ((this.until - this.from) / this.room) * song.peaks.rate;
    const level = Math.min(Math.max(Math.floor(Math.log2(Math.max(perPixel, 1))), 0), this.peaks.length - 1);
    const pairs = this.peaks[level];
    const rate = song.peaks.rate / 2 ** level;
    for (const part of song.sections) {
      if (!this.seen(part.start, part.end)) continue;
      pen.fillStyle = part.label === "silence" ? this.color("soft") : this.hue(part.hue);
      const start = Math.max(this.x(part.start), this.gutter);
      const end = Math.min(this.x(part.end), this.gutter + this.room);
      for (let x = Math.floor(start); x < end; x++) {
        const first = Math.min(Math.max(Math.floor(this.time(x) * rate), 0), pairs.length / 2 - 1);
        const last = Math.min(Math.max(Math.ceil(this.time(x + 1) * rate), first + 1), pairs.length / 2);
        let low = 127;
        let high = -127;
        for (let i = first; i < last; i++) {
          low = Math.min(low, pairs[2 * i]);
          high = Math.max(high, pairs[2 * i + 1]);
        }
        const top = (high / 127) * (h / 2 - 1);
        const bottom = (low / 127) * (h / 2 - 1);
        pen.fillRect(x, middle - top, 1, Math.max(top - bottom, 1));
      }
    }
    if ((this.until - this.from) / this.room < 0.06) this.lines(y, h, 0.35);
  }

  /* Bar and beat lines as faint as `alpha`, where they stand far enough apart. */
  lines(y, h, alpha) {
    const { pen, song } = this;
    const gap = song.beats.length > 1 ? this.x(song.beats[1]) - this.x(song.beats[0]) : 0;
    song.beats.forEach((time, i) => {
      if (!this.seen(time, time)) return;
      const first = song.firsts.has(i);
      if (!first && gap < 9) return;
      pen.globalAlpha = first ? alpha : alpha / 2;
      pen.fillStyle = this.color("ink");
      pen.fillRect(this.x(time), y, 1, h);
    });
    pen.globalAlpha = 1;
  }

  bars(y, h) {
    const { pen, song } = this;
    const scale = this.room / (this.until - this.from);
    const beat = song.beats.length > 1 ? ((song.beats.at(-1) - song.beats[0]) / (song.beats.length - 1)) * scale : 0;
    const every = [1, 2, 4, 8, 16, 32, 64, 128].find((n) => n * song.perBar * beat >= 34) ?? 256;
    const phrases = new Set(song.phrases);
    song.beats.forEach((time, i) => {
      if (!this.seen(time, time)) return;
      const first = song.firsts.has(i);
      if (!first && beat < 3.5) return;
      const bar = song.firsts.get(i);
      const phrase = first && phrases.has(time);
      if (first && beat * song.perBar < 3 && !phrase) return;
      pen.fillStyle = this.color(first && song.trusted ? "ink" : "soft");
      pen.globalAlpha = first ? (phrase ? 1 : 0.65) : 0.5;
      const height = first ? (phrase ? 12 : 9) : 5;
      pen.fillRect(this.x(time) - (phrase ? 0.5 : 0), y, phrase ? 2 : 1, height);
      pen.globalAlpha = 1;
      if (first && (bar - 1) % every === 0) this.text(String(bar), this.x(time), y + 19, this.color("soft"), 10.5, "left");
    });
  }

  spans(spans, y, h, fill) {
    const { pen } = this;
    let last = -1;
    for (const [start, end, words, trust] of spans) {
      if (!this.seen(start, end)) continue;
      const left = this.x(start);
      const width = this.x(end) - left;
      if (words) {
        pen.globalAlpha = 0.35 + 0.65 * trust;
        pen.fillStyle = fill;
        pen.fillRect(left + (width > 3 ? 0.5 : 0), y, Math.max(width - (width > 3 ? 1 : 0), 0.5), h);
        pen.globalAlpha = 1;
        this.label(words, start, end, y + h / 2, this.color("ink"), width > 26 ? 12 : 10.5);
      }
      last = end;
    }
    return last;
  }

  chords(y, h) {
    this.spans(this.song.chords, y, h, this.color("fill"));
  }

  keys(y, h) {
    this.spans(this.song.keys, y, h, this.color("fill"));
  }

  /* A curve over the row, `low` at its foot and `high` at its head. */
  curve({ rate, values }, y, h, low, high, color, filled = 0) {
    const { pen } = this;
    const path = new Path2D();
    const wide = ((this.until - this.from) / this.room) * rate; // values a pixel
    for (let x = 0; x <= this.room; x++) {
      const at = this.time(this.gutter + x) * rate;
      let value;
      if (wide > 1) {
        const first = Math.min(Math.max(Math.floor(at), 0), values.length - 1);
        const last = Math.min(first + Math.ceil(wide), values.length);
        let sum = 0;
        for (let i = first; i < last; i++) sum += values[i];
        value = sum / (last - first);
      } else {
        const i = Math.min(Math.max(Math.floor(at), 0), values.length - 1);
        const next = values[Math.min(i + 1, values.length - 1)];
        value = values[i] + (next - values[i]) * Math.min(Math.max(at - i, 0), 1);
      }
      const height = y + h - 1.5 - ((value - low) / (high - low)) * (h - 3);
      if (x) path.lineTo(this.gutter + x, height);
      else path.moveTo(this.gutter, height);
    }
    if (filled) {
      const area = new Path2D(path);
      area.lineTo(this.gutter + this.room, y + h);
      area.lineTo(this.gutter, y + h);
      pen.globalAlpha = filled;
      pen.fillStyle = color;
      pen.fill(area);
      pen.globalAlpha = 1;
    }
    pen.strokeStyle = color;
    pen.lineWidth = 1.4;
    pen.lineJoin = "round";
    pen.stroke(path);
  }

  borders(y, h) {
    const { pen } = this;
    pen.fillStyle = this.color("line");
    for (const part of this.song.sections) pen.fillRect(this.x(part.start), y, 1, h);
  }

  energy(y, h) {
    this.borders(y, h);
    this.curve(this.curves.energy, y, h, 0, 1, this.color("ink"), 0.12);
    if (this.curves.voice) this.curve(this.curves.voice, y, h, 0, 1, this.color("warm"));
  }

  mood(y, h) {
    const { pen } = this;
    this.borders(y, h);
    pen.fillStyle = this.color("line");
    pen.fillRect(this.gutter, y + h / 2, this.room, 1);
    if (this.curves.valence && this.curves.arousal) {
      this.curve(this.curves.arousal, y, h, -1, 1, this.color("warm"));
      this.curve(this.curves.valence, y, h, -1, 1, this.color("cool"));
      return;
    }
    for (const part of this.song.sections) {
      for (const [value, color] of [[part.arousal, "warm"], [part.valence, "cool"]]) {
        pen.fillStyle = this.color(color);
        pen.fillRect(this.x(part.start), y + (h / 2) * (1 - value * 0.95), this.x(part.end) - this.x(part.start), 2);
      }
    }
  }

  tempo(y, h) {
    const { values } = this.curves.tempo;
    const middle = [...values].sort((a, b) => a - b)[values.length >> 1];
    // At least 5 % either way, so that a steady tempo looks steady.
    const low = Math.min(middle * 0.95, ...values.map((v) => Math.max(v, middle / 2)));
    const high = Math.max(middle * 1.05, ...values.map((v) => Math.min(v, middle * 2)));
    this.borders(y, h);
    this.curve(this.curves.tempo, y, h, low, high, this.color("soft"));
    this.text(high.toFixed(0), this.gutter + this.room - 3, y + 6, this.color("soft"), 10, "right");
    this.text(low.toFixed(0), this.gutter + this.room - 3, y + h - 6, this.color("soft"), 10, "right");
  }

  hits(band, y, h) {
    const { pen } = this;
    const [times, strengths] = this.song.onsets[band];
    pen.fillStyle = this.color("ink");
    const crowd = (times.length / this.song.duration) * ((this.until - this.from) / this.room);
    const ink = Math.max(0.25, Math.min(1, 0.6 / Math.max(crowd, 0.6)));
    for (let i = Math.max(before(times, this.from), 0); i < times.length && times[i] <= this.until; i++) {
      const height = Math.max(2, strengths[i] * (h - 2));
      pen.globalAlpha = ink * (0.35 + 0.6 * strengths[i]);
      pen.fillRect(this.x(times[i]), y + (h - height) / 2, crowd > 0.3 ? 1 : 1.5, height);
    }
    pen.globalAlpha = 1;
  }

  /* The whole song in a strip, with what is in view marked; shown only where that helps. */
  map() {
    this.over.hidden = !this.zoomed;
    if (!this.zoomed) return;
    const pen = this.canvas(this.over, 26);
    const place = (time) => this.gutter + (time / this.song.duration) * this.room;
    for (const part of this.song.sections) {
      pen.fillStyle = part.label === "silence" ? this.color("line") : this.hue(part.hue, 0.55);
      pen.fillRect(place(part.start) + 0.5, 7, place(part.end) - place(part.start) - 1, 12);
    }
    pen.strokeStyle = this.color("ink");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.roundRect(place(this.from), 3.5, Math.max(place(this.until) - place(this.from), 4), 19, 4);
    pen.stroke();
  }

  /* The playhead at `time`. */
  point(time) {
    this.at = time;
    const pen = this.top;
    pen.clearRect(0, 0, this.sheet.clientWidth, this.height);
    if (time < this.from || time > this.until) return;
    const x = this.x(time);
    pen.fillStyle = this.color("play");
    pen.fillRect(x - 0.75, 22, 1.5, this.height - 28);
    pen.beginPath();
    pen.moveTo(x - 6, 16), pen.lineTo(x + 6, 16), pen.lineTo(x, 25);
    pen.fill();
  }
}
