// What is heard in a song, drawn as it is found: sections, energy, waveform, beats.
const LETTERS = ["--sr-hue-1", "--sr-hue-2", "--sr-hue-3", "--sr-good", "--sr-warn", "--sr-edge"];
const NAMES = { section: "section", "pre-chorus": "pre-chorus" };

export default {
  template: `
    <div class="sr-live">
      <canvas ref="canvas" class="sr-live-canvas" role="img" :aria-label="told"
        @pointerdown="seek" @pointermove="drag"></canvas>
      <audio ref="audio" :src="song" preload="metadata" @timeupdate="moved" @play="follow" @pause="moved" @ended="moved"></audio>
    </div>`,
  props: { song: String, duration: Number },
  data: () => ({ parts: {}, since: {}, told: "the song, not heard yet" }),
  mounted() {
    this.colours = {};
    this.observer = new ResizeObserver(() => this.ask());
    this.observer.observe(this.$refs.canvas);
    this.themed = () => {
      this.colours = {};
      this.ask();
    };
    addEventListener("songreel:theme", this.themed);
    this.ask();
  },
  beforeUnmount() {
    this.observer.disconnect();
    removeEventListener("songreel:theme", this.themed);
    cancelAnimationFrame(this.frame);
  },
  methods: {
    /** A part as `songreel.models.found` describes them; a later telling takes the place of one before. */
    found(part, value) {
      if (!(part in this.parts)) this.since[part] = performance.now();
      this.parts[part] = value;
      this.told = `the song: ${Object.keys(this.parts).join(", ")} found`;
      this.ask();
    },
    toggle() {
      const audio = this.$refs.audio;
      audio.paused ? audio.play().catch(() => {}) : audio.pause();
    },
    colour(name) {
      this.colours[name] ??= getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      return this.colours[name];
    },
    length() {
      return this.parts.waveform?.duration || this.duration || this.$refs.audio?.duration || 1;
    },
    seek(event) {
      const box = this.$refs.canvas.getBoundingClientRect();
      const audio = this.$refs.audio;
      if (audio.readyState) audio.currentTime = ((event.clientX - box.left) / box.width) * this.length();
      this.ask();
    },
    drag(event) {
      if (event.buttons) this.seek(event);
    },
    moved() {
      this.$emit("playing", !this.$refs.audio.paused);
      this.ask();
    },
    follow() {
      this.$emit("playing", true);
      const step = () => {
        this.ask();
        if (this.$refs.audio && !this.$refs.audio.paused) requestAnimationFrame(step);
      };
      step();
    },
    ask() {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.draw());
    },
    /** How far a part has faded in; parts appear within half a second. */
    shown(part) {
      if (!(part in this.parts)) return 0;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return 1;
      const share = Math.min((performance.now() - this.since[part]) / 500, 1);
      if (share < 1) this.moving = true;
      return 1 - (1 - share) ** 3;
    },
    draw() {
      const canvas = this.$refs.canvas;
      if (!canvas) return;
      this.moving = false;
      const ratio = Math.min(devicePixelRatio || 1, 2);
      const width = canvas.clientWidth;
      const height = canvas.clientHeight;
      if (!width) return;
      if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
      if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
      const pen = canvas.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      const at = (seconds) => (seconds / this.length()) * width;
      const form = 26;
      const ticks = 20;
      const middle = form + 8 + (height - form - ticks - 16) / 2;
      const reach = (height - form - ticks - 24) / 2;
      this.drawSections(pen, at, form, height - ticks);
      this.drawWave(pen, at, width, middle, reach);
      this.drawEnergy(pen, at, middle, reach);
      this.drawBeats(pen, at, width, height, ticks);
      this.drawEvents(pen, at, form, height - ticks);
      this.drawHead(pen, at, height);
      if (this.moving) this.ask();
    },
    drawSections(pen, at, form, foot) {
      const sections = this.parts.sections ?? [];
      const letters = [...new Set(sections.map((section) => section.letter))];
      const alpha = this.shown("sections");
      pen.font = "600 12px " + getComputedStyle(this.$refs.canvas).fontFamily;
      pen.textBaseline = "middle";
      for (const section of sections) {
        const left = at(section.start) + 1;
        const wide = at(section.end) - at(section.start) - 2;
        const colour = this.colour(LETTERS[letters.indexOf(section.letter) % LETTERS.length]);
        // Fainter where it is less sure.
        pen.globalAlpha = alpha * (0.22 + 0.6 * section.trust);
        pen.fillStyle = colour;
        pen.beginPath();
        pen.roundRect(left, 0, Math.max(wide, 1), 4, 2);
        pen.fill();
        pen.globalAlpha = alpha * 0.07;
        pen.fillRect(left, 4, Math.max(wide, 1), foot - 4);
        const name = NAMES[section.label] ?? section.label;
        pen.globalAlpha = alpha;
        pen.fillStyle = this.colour("--sr-text-2");
        const word = pen.measureText(name).width < wide - 10 ? name : section.letter;
        if (pen.measureText(word).width < wide - 6) pen.fillText(word, left + 5, form / 2 + 5);
      }
      pen.globalAlpha = 1;
    },
    drawWave(pen, at, width, middle, reach) {
      const wave = this.parts.waveform;
      if (!wave || !wave.low.length) {
        pen.fillStyle = this.colour("--sr-edge");
        pen.globalAlpha = 0.5;
        pen.fillRect(0, middle - 0.5, width, 1);
        pen.globalAlpha = 1;
        return;
      }
      const energy = this.parts.energy;
      const lit = this.shown("energy");
      const bars = Math.floor(width / 3);
      const calm = this.colour("--sr-hue-2");
      const wild = this.colour("--sr-hue-1");
      const unknown = this.colour("--sr-edge");
      const heard = wave.low.length / wave.rate;
      for (let bar = 0; bar < bars; bar++) {
        const start = (bar / bars) * this.length();
        if (start > heard) break;
        const first = Math.floor(start * wave.rate);
        const last = Math.max(first + 1, Math.floor(((bar + 1) / bars) * this.length() * wave.rate));
        let top = 0;
        for (let index = first; index < last && index < wave.low.length; index++)
          top = Math.max(top, wave.high[index], -wave.low[index]);
        const tall = Math.max(1, (top / 127) * reach);
        const value = energy ? (energy.values[Math.min(Math.floor(start * energy.rate), energy.values.length - 1)] ?? 0) : 0;
        const draw = (colour, alpha) => {
          pen.globalAlpha = alpha;
          pen.fillStyle = colour;
          pen.beginPath();
          pen.roundRect(bar * 3, middle - tall, 2, tall * 2, 1);
          pen.fill();
        };
        if (lit < 1) draw(unknown, 1 - lit);
        if (lit > 0) {
          draw(calm, lit);
          draw(wild, lit * value);
        }
      }
      pen.globalAlpha = 1;
    },
    drawEnergy(pen, at, middle, reach) {
      const energy = this.parts.energy;
      if (!energy || energy.values.length < 2) return;
      pen.globalAlpha = 0.9 * this.shown("energy");
      pen.strokeStyle = this.colour("--sr-hue-3");
      pen.lineWidth = 1.75;
      pen.lineJoin = "round";
      pen.beginPath();
      const every = Math.max(1, Math.floor(energy.values.length / 400));
      for (let index = 0; index < energy.values.length; index += every) {
        const x = at(index / energy.rate);
        const y = middle + reach - energy.values[index] * reach * 2;
        index ? pen.lineTo(x, y) : pen.moveTo(x, y);
      }
      pen.stroke();
      pen.globalAlpha = 1;
    },
    drawBeats(pen, at, width, height, ticks) {
      const beats = this.parts.beats ?? [];
      const downbeats = this.parts.downbeats ?? [];
      const sure = this.parts.tempo?.trust ?? 1;
      const draw = (times, tall, wide, colour, part) => {
        if (!times.length) return;
        // Too many for the width: leave out, so that what is drawn can be told apart.
        const every = Math.max(1, Math.ceil((times.length * 3) / width));
        pen.globalAlpha = this.shown(part) * (sure < 0.5 ? 0.45 : 1);
        pen.fillStyle = this.colour(colour);
        for (let index = 0; index < times.length; index += every)
          pen.fillRect(at(times[index]) - wide / 2, height - tall, wide, tall);
      };
      draw(beats, ticks * 0.4, 1, "--sr-text-2", "beats");
      draw(downbeats, ticks * 0.8, 1.5, "--sr-hue-1", "downbeats");
      pen.globalAlpha = 1;
    },
    drawEvents(pen, at, form, foot) {
      pen.globalAlpha = this.shown("events");
      for (const event of this.parts.events ?? []) {
        const x = at(event.start);
        if (event.kind === "drop") {
          pen.fillStyle = this.colour("--sr-hue-3");
          pen.beginPath();
          pen.moveTo(x - 5, form);
          pen.lineTo(x + 5, form);
          pen.lineTo(x, form + 8);
          pen.fill();
          pen.fillRect(x - 0.5, form, 1, foot - form);
        } else {
          pen.fillStyle = this.colour(event.kind === "build" ? "--sr-hue-3" : "--sr-text-2");
          pen.fillRect(x, foot - 3, Math.max(at(event.end) - x, 1), 2);
        }
      }
      pen.globalAlpha = 1;
    },
    drawHead(pen, at, height) {
      const audio = this.$refs.audio;
      if (!audio || (!audio.currentTime && audio.paused)) return;
      pen.fillStyle = this.colour("--sr-text");
      pen.fillRect(at(audio.currentTime) - 0.75, 0, 1.5, height);
    },
  },
};
