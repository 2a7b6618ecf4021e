// Two takes of a shot side by side, playing over and over with the song's excerpt.

import { follow } from "songreel-sync";

export default {
  template: `
    <div class="ed-compare" :data-view="takes.length > 1 ? view : 0">
      <div class="ed-compare-pair">
        <figure v-for="(take, i) in takes" :key="i"
                :class="{ away: takes.length > 1 && view !== 'both' && view !== i }">
          <div class="ed-compare-frame" :style="{ aspectRatio: aspect, '--ratio': ratio }">
            <video :ref="'video' + i" :src="take.src" muted playsinline preload="auto"
                   tabindex="-1"></video>
            <span class="ed-compare-letter">{{ 'AB'[i] }}</span>
          </div>
        </figure>
      </div>
      <audio ref="song" :src="song" preload="auto"></audio>
      <div class="ed-compare-bar">
        <button type="button" class="ed-compare-play" @click="toggle"
                :aria-label="playing ? 'Pause' : 'Play'">{{ playing ? 'Pause' : 'Play' }}</button>
        <input type="range" min="0" :max="length" step="0.001" :value="at" @input="seek"
               aria-label="Position in the excerpt">
        <div v-if="takes.length > 1" class="ed-compare-views" role="group" aria-label="What is shown">
          <button v-for="v in views" :key="v.name" type="button" :aria-pressed="view === v.value"
                  @click="view = v.value">{{ v.name }}</button>
        </div>
      </div>
      <p v-if="takes.length > 1" class="ed-compare-keys">Space plays, A and B show one take alone, X goes from one to the
        other, S shows both</p>
    </div>`,
  props: {
    takes: Array, // two of { src, start }; start: the take's own time at which the shot begins
    song: String,
    start: Number, // of the shot in the song, s
    length: Number, // of the shot, s
    rate: Number,
    aspect: String,
  },
  data: () => ({
    view: 'both',
    playing: false,
    at: 0,
    views: [
      { name: 'A', value: 0 },
      { name: 'Both', value: 'both' },
      { name: 'B', value: 1 },
    ],
  }),
  computed: {
    ratio() {
      const [width, height] = this.aspect.split('/').map(Number);
      return width / height;
    },
  },
  mounted() {
    document.addEventListener('keydown', this.key, true);
    const song = this.$refs.song;
    song.addEventListener('loadedmetadata', () => (song.currentTime = this.start), { once: true });
    const beat = () => {
      this.tick();
      this.handle = requestAnimationFrame(beat);
    };
    this.handle = requestAnimationFrame(beat);
  },
  beforeUnmount() {
    document.removeEventListener('keydown', this.key, true);
    cancelAnimationFrame(this.handle);
    this.$refs.song?.pause();
  },
  methods: {
    tick() {
      const song = this.$refs.song;
      if (!song || song.readyState < 1) return;
      const end = this.start + this.length;
      if (song.currentTime >= end || song.currentTime < this.start - 0.2) {
        song.currentTime = this.start;
      }
      this.at = Math.max(0, Math.min(this.length, song.currentTime - this.start));
      this.takes.forEach((take, i) => {
        const video = this.$refs['video' + i]?.[0];
        follow(video, take.start + this.at, this.playing, 1, this.rate);
      });
    },
    toggle() {
      const song = this.$refs.song;
      this.playing = !this.playing;
      if (this.playing) song.play().catch(() => (this.playing = false));
      else song.pause();
    },
    seek(event) {
      this.$refs.song.currentTime = this.start + Number(event.target.value);
    },
    key(event) {
      const name = event.key.toLowerCase();
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.("textarea, [role='combobox'], [role='listbox']")) return;
      if (name === ' ' && event.target.tagName !== 'BUTTON') this.toggle();
      else if (name === 'a') this.view = 0;
      else if (name === 'b') this.view = 1;
      else if (name === 'x') this.view = this.view === 0 ? 1 : 0;
      else if (name === 's') this.view = 'both';
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
