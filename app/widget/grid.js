// Bars, beats and moments: what the board's grid says of seconds, and where a cut snaps to.

export const LEVELS = ["phrase", "bar", "beat", "half", "off"];
const SAME = 0.005; // seconds within which a beat is a phrase's start
const EQUAL = 1e-9; // seconds: distances that differ by less are equal
const STEP = 0.001; // seconds that a step goes at least
const PARTS = 48; // parts of a beat that a moment off the beats is counted in

const common = (a, b) => (b ? common(b, a % b) : a);

/** How many entries at the start of `list` are `so`; after the first that is not, none may be. */
export function leading(list, so) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (so(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first entry of sorted `times` that is not before `time`. */
export const lowerBound = (times, time) => leading(times, (entry) => entry < time);

/** Entry of sorted `times` nearest to `time`, the earlier of two; null where there is none. */
export function nearest(times, time) {
  if (!times.length) return null;
  const right = lowerBound(times, time);
  if (right === 0) return times[0];
  if (right === times.length) return times[right - 1];
  const before = times[right - 1];
  const after = times[right];
  return Math.abs(before - time) - Math.abs(after - time) < EQUAL ? before : after;
}

/** Seconds as m:ss with `digits` decimals. */
export function clock(seconds, digits = 0) {
  const unit = 10 ** digits;
  const whole = Math.round(Math.max(0, seconds) * unit);
  const minutes = Math.floor(whole / (60 * unit));
  const rest = ((whole - minutes * 60 * unit) / unit).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}

/** The grid of a board. Bars and beats are counted from 1; a pickup is bar 0. */
export class Grid {
  constructor(board) {
    this.duration = board.duration || 0;
    this.trust = board.trust || 0;
    this.beats = board.beats || [];
    this.downbeats = board.downbeats || [];
    this.phrases = board.phrases || [];
    this.bars = this.downbeats.map((index) => this.beats[index]);
    this.perBar = this.usualCount();
    this.period = this.usualPeriod();
    this.cache = new Map();
  }

  /** Beats in most bars. */
  usualCount() {
    const counts = new Map();
    for (let i = 1; i < this.downbeats.length; i += 1) {
      const count = this.downbeats[i] - this.downbeats[i - 1];
      counts.set(count, (counts.get(count) || 0) + 1);
    }
    let best = 4;
    let most = 0;
    for (const [count, times] of counts) if (times > most) [best, most] = [count, times];
    return best;
  }

  /** Median seconds of a beat; 0.5 where there are no two. */
  usualPeriod() {
    if (this.beats.length < 2) return 0.5;
    const steps = [];
    for (let i = 1; i < this.beats.length; i += 1) steps.push(this.beats[i] - this.beats[i - 1]);
    steps.sort((a, b) => a - b);
    return steps[steps.length >> 1];
  }

  get empty() {
    return this.beats.length < 2;
  }

  /** Seconds of a fractional beat index, carried on with the local beat beyond the ends. */
  timeAt(position) {
    if (this.empty) return position * this.period;
    const first = Math.min(Math.max(Math.floor(position), 0), this.beats.length - 2);
    const step = this.beats[first + 1] - this.beats[first];
    return this.beats[first] + (position - first) * step;
  }

  /** Fractional beat index of `seconds`, the inverse of `timeAt`. */
  indexAt(seconds) {
    if (this.empty) return seconds / this.period;
    const at = lowerBound(this.beats, seconds + 1e-9) - 1;
    const first = Math.min(Math.max(at, 0), this.beats.length - 2);
    const step = this.beats[first + 1] - this.beats[first];
    return first + (seconds - this.beats[first]) / step;
  }

  /** [bar, beat] of beat `index`. */
  barAndBeat(index) {
    const bar = lowerBound(this.downbeats, index + 1);
    return bar ? [bar, index - this.downbeats[bar - 1] + 1] : [0, index + 1];
  }

  /** Index of a bar's beat. */
  indexOf(bar, beat) {
    return (bar ? this.downbeats[bar - 1] : 0) + beat - 1;
  }

  /** Sorted seconds to which cuts snap at `level`; `songreel.prompting.snap` states the rule. */
  moments(level) {
    if (!this.cache.has(level)) this.cache.set(level, this.listed(level));
    return this.cache.get(level);
  }

  listed(level) {
    if (level === "phrase") return this.phraseBeats();
    if (level === "bar") return this.bars;
    if (level === "beat") return this.beats;
    if (level !== "half") return [];
    const halves = [];
    this.beats.forEach((beat, i) => {
      halves.push(beat);
      if (i + 1 < this.beats.length) halves.push(beat + (this.beats[i + 1] - beat) * 0.5);
    });
    return halves;
  }

  /** The beats that phrases start on. */
  phraseBeats() {
    const found = this.phrases
      .map((time) => nearest(this.beats, time))
      .filter((beat, i) => beat !== null && Math.abs(beat - this.phrases[i]) <= SAME);
    return [...new Set(found)];
  }

  /** Where a cut goes that is let go of at `seconds`, kept within [low, high]: seconds, or null
      where the level has moments but none there. */
  snap(seconds, level, low = -Infinity, high = Infinity) {
    const moments = this.moments(level);
    if (!moments.length) return this.free(Math.min(Math.max(seconds, low), high));
    const first = lowerBound(moments, low - EQUAL);
    const last = lowerBound(moments, high + EQUAL);
    return nearest(moments.slice(first, last), seconds);
  }

  /** A moment as it is, counted to a part of its beat where the beats reach. */
  free(seconds) {
    if (this.empty || seconds < this.beats[0] || seconds > this.beats[this.beats.length - 1]) {
      return Math.max(Math.round(seconds * 1e6) / 1e6, 0);
    }
    return this.timeAt(Math.floor(this.indexAt(seconds) * PARTS + 0.5) / PARTS);
  }

  /** A moment as plans write it: "17:3", "17:3+1/2", or "12.5s" beyond the beats. */
  anchor(seconds) {
    const beats = this.beats.length;
    const position = this.indexAt(seconds);
    if (beats && (beats === 1 ? seconds === this.beats[0] : position > -EQUAL && position < beats - 1 + EQUAL)) {
      const count = beats === 1 ? 0 : Math.floor(position * PARTS + 0.5);
      const [bar, beat] = this.barAndBeat(Math.floor(count / PARTS));
      const part = count % PARTS;
      const shared = common(part, PARTS);
      return `${bar}:${beat}${part ? `+${part / shared}/${PARTS / shared}` : ""}`;
    }
    return `${Number(Math.max(seconds, 0).toFixed(6))}s`;
  }

  /** Seconds of a moment as plans write it; null where the grid has no such bar. */
  resolve(anchor) {
    const plain = /^(\d+(?:\.\d+)?)s$/.exec(anchor);
    if (plain) return Number(plain[1]);
    const bar = /^(\d+):(\d+)(?:\+(\d+)\/(\d+))?$/.exec(anchor);
    if (!bar || Number(bar[1]) > this.downbeats.length) return null;
    const part = bar[3] ? Number(bar[3]) / Number(bar[4]) : 0;
    return this.timeAt(this.indexOf(Number(bar[1]), Number(bar[2])) + part);
  }

  /** Bar and beat at `seconds` for a readout, "17.3"; the clock where there is no grid. */
  place(seconds) {
    if (this.empty) return clock(seconds, 2);
    const [bar, beat] = this.barAndBeat(Math.max(0, Math.floor(this.indexAt(seconds + 1e-6))));
    return `${bar}.${beat}`;
  }

  /** The place for the ear: "bar 17, beat 3". */
  say(seconds) {
    if (this.empty) return `${seconds.toFixed(2)} seconds`;
    const text = this.anchor(seconds);
    const found = /^(\d+):(\d+)(\+.+)?$/.exec(text);
    if (!found) return `${seconds.toFixed(2)} seconds`;
    const part = found[3] === "+1/2" ? " and a half" : found[3] ? ` and ${found[3].slice(1)}` : "";
    return `bar ${found[1]}, beat ${found[2]}${part}`;
  }

  /** The next moment of `level` after `seconds` (`way` 1) or before it (−1), within the song. */
  step(seconds, level, way) {
    const moments = this.moments(level);
    if (!moments.length) return Math.min(Math.max(seconds + way, 0), this.duration);
    if (way > 0) {
      const at = lowerBound(moments, seconds + STEP);
      return at < moments.length ? moments[at] : this.duration;
    }
    const at = lowerBound(moments, seconds - STEP) - 1;
    return at >= 0 ? moments[at] : 0;
  }
}
