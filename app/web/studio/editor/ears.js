// Checking a grid by ear: clicks on its beats, and taps along with the song.

import { lowerBound } from "songreel-widget/grid.js";

const AHEAD = 0.12; // s that clicks are set before they sound
const EVERY = 25; // ms between looks ahead

export default {
  template: '<span class="ed-ears" aria-hidden="true" hidden></span>',
  props: { beats: Array, downbeats: Array, clicking: Boolean, tapping: Boolean },
  watch: {
    clicking(on) {
      if (on) this.start();
      else this.stop();
    },
    beats() {
      this.until = 0;
    },
    tapping() {
      this.taps = [];
    },
  },
  created() {
    this.taps = [];
  },
  mounted() {
    document.addEventListener('keydown', this.key);
  },
  beforeUnmount() {
    document.removeEventListener('keydown', this.key);
    this.stop();
    this.context?.close();
  },
  methods: {
    clock() {
      return document.querySelector('.ed')?.songreelClock;
    },
    start() {
      this.context ??= new AudioContext();
      this.context.resume();
      this.until = 0;
      this.timer ??= setInterval(() => this.ahead(), EVERY);
    },
    stop() {
      clearInterval(this.timer);
      this.timer = null;
    },
    ahead() {
      const clock = this.clock();
      if (!clock || !clock.playing() || clock.speed() !== 1 || this.context.state !== 'running') {
        this.until = 0;
        return;
      }
      const now = clock.time();
      if (Math.abs(this.until - now) > 3 * AHEAD) this.until = now;
      const end = now + AHEAD;
      const first = new Set(this.downbeats);
      for (let i = lowerBound(this.beats, this.until); this.beats[i] < end; i++) {
        this.click(this.context.currentTime + Math.max(0, this.beats[i] - now), first.has(i));
      }
      this.until = end;
    },
    click(at, accent) {
      const tone = this.context.createOscillator();
      const level = this.context.createGain();
      tone.frequency.value = accent ? 1760 : 1175;
      level.gain.setValueAtTime(0.0001, at);
      level.gain.exponentialRampToValueAtTime(accent ? 0.5 : 0.25, at + 0.002);
      level.gain.exponentialRampToValueAtTime(0.0001, at + 0.05);
      tone.connect(level).connect(this.context.destination);
      tone.start(at);
      tone.stop(at + 0.06);
    },
    key(event) {
      if (!this.tapping || event.key.toLowerCase() !== 't' || event.repeat) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.('input, textarea, select, [contenteditable], [role="dialog"]')) return;
      this.tap(event.timeStamp);
      event.preventDefault();
    },
    /** A tap at the moment of `stamp` (ms, as events have it). */
    tap(stamp) {
      const clock = this.clock();
      if (!this.tapping || !clock || !clock.playing()) return false;
      const late = stamp ? (performance.now() - stamp) / 1000 : 0;
      this.taps.push(Math.max(0, clock.time() - late));
      this.$emit('taps', { taps: this.taps });
      return true;
    },
  },
};
