// The viewer: film, animatic, or the plan's clips one after the other, in step with the timeline.
//
// The timeline's sound is the clock; pictures follow it and are always mute.

import { follow } from "songreel-sync";
import { leading } from "songreel-widget/grid.js";

/** Index of the shot at `time` in rows that begin with [id, start, end …]. */
const shotAt = (shots, time) => Math.max(0, leading(shots, (shot) => shot[1] <= time + 1e-4) - 1);

export default {
  template: `
    <div class="ed-stage" :data-mode="mode" role="img" :aria-label="label">
      <div class="ed-stage-frame" :style="{ aspectRatio: aspect, '--ratio': ratio }" @click="toggle">
        <video v-if="mode !== 'plan'" ref="film" class="ed-stage-video" :src="src" muted playsinline
               preload="auto" tabindex="-1" disablepictureinpicture @error="gone"></video>
        <template v-else>
          <img v-if="card.thumb" class="ed-stage-video ed-stage-thumb" :src="card.thumb" alt="">
          <video ref="one" class="ed-stage-video" v-show="front === 0 && card.clip" muted playsinline
                 preload="auto" tabindex="-1"></video>
          <video ref="two" class="ed-stage-video" v-show="front === 1 && card.clip" muted playsinline
                 preload="auto" tabindex="-1"></video>
          <div v-if="!card.clip" class="ed-stage-card" :class="{ bare: !card.thumb }"
               :style="card.thumb ? {} : { '--shot': card.color }">
            <span class="ed-stage-id">{{ card.id }}</span>
            <span class="ed-stage-motif">{{ card.motif }}</span>
          </div>
        </template>
        <div v-if="lost" class="ed-stage-lost">{{ lost }}</div>
      </div>
    </div>`,
  props: {
    mode: String, // film, animatic or plan
    src: String,
    rate: Number,
    aspect: String,
    shots: Array, // [id, start, end, clip URL, clip's own time at the start, thumb, colour, motif]
    timeline: Number, // id of the timeline's element
    label: String,
  },
  data: () => ({ card: {}, front: 0, lost: '' }),
  computed: {
    ratio() {
      const [width, height] = (this.aspect || '16 / 9').split('/').map(Number);
      return width / height;
    },
  },
  watch: {
    src() {
      this.lost = '';
    },
    shots() {
      this.index = -1;
      this.loaded = ['', ''];
    },
    mode() {
      this.index = -1;
      this.loaded = ['', ''];
    },
  },
  created() {
    this.index = -1;
    this.loaded = ['', ''];
    this.measured = [];
  },
  mounted() {
    const beat = () => {
      this.tick();
      this.handle = requestAnimationFrame(beat);
    };
    this.handle = requestAnimationFrame(beat);
  },
  beforeUnmount() {
    cancelAnimationFrame(this.handle);
  },
  methods: {
    clock() {
      return document.querySelector('.ed')?.songreelClock;
    },
    tick() {
      const clock = this.clock();
      if (!clock) return;
      const time = clock.time();
      if (this.mode === 'plan') this.tickPlan(time, clock);
      else {
        follow(this.$refs.film, time, clock.playing(), clock.speed(), this.rate);
        this.measure(clock);
      }
    },
    tickPlan(time, clock) {
      const shots = this.shots || [];
      if (!shots.length) return;
      const index = shotAt(shots, time);
      if (index !== this.index) {
        this.index = index;
        this.show(shots[index], shots[index + 1]);
      }
      const shot = shots[index];
      const video = this.front ? this.$refs.two : this.$refs.one;
      if (shot[3]) {
        follow(video, shot[4] + time - shot[1], clock.playing(), clock.speed(), this.rate);
      }
      const other = this.front ? this.$refs.one : this.$refs.two;
      if (other && !other.paused) other.pause();
    },
    show(shot, next) {
      const [id, , , clip, , thumb, color, motif] = shot;
      this.card = { id, clip, thumb, color, motif };
      const videos = [this.$refs.one, this.$refs.two];
      if (!videos[0]) return;
      if (clip) {
        let front = this.loaded.indexOf(clip);
        if (front < 0) {
          front = 1 - this.front;
          this.load(front, clip, shot[4]);
        }
        this.front = front;
      }
      if (next && next[3] && !this.loaded.includes(next[3])) {
        this.load(1 - this.front, next[3], next[4]);
      }
    },
    load(slot, clip, start) {
      const video = slot ? this.$refs.two : this.$refs.one;
      this.loaded[slot] = clip;
      video.src = clip;
      video.addEventListener('loadedmetadata', () => (video.currentTime = start), { once: true });
    },
    toggle() {
      const clock = this.clock();
      if (clock) clock.toggle();
    },
    gone() {
      if (this.src) this.lost = 'This video cannot be shown: the file is not there any more.';
    },
    // How far the picture on screen is from the sound: the frame that was really presented.
    measure(clock) {
      const video = this.$refs.film;
      if (!video || this.asked === video || !video.requestVideoFrameCallback) return;
      this.asked = video;
      const told = (now, frame) => {
        if (this.asked !== video) return;
        if (clock.playing() && !video.seeking) {
          const sound = clock.time() + (frame.expectedDisplayTime - performance.now()) / 1000;
          this.measured.push(frame.mediaTime - sound);
          if (this.measured.length > 240) this.measured.shift();
        }
        video.requestVideoFrameCallback(told);
      };
      video.requestVideoFrameCallback(told);
    },
    /** Seconds by which presented frames were off, newest last. A frame is on time in [-1/rate, 0]. */
    drift() {
      return [...this.measured];
    },
    forget() {
      this.measured = [];
    },
  },
};
