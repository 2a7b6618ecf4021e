// The editor's frame: the clock that pictures follow, and keys between tabs.
//
// The timeline plays the song and tells where it is with every frame that it draws.

const STALE = 0.1; // s after which no news means that nothing moves

export default {
  template: '<div class="ed" :data-tab="tab"><slot></slot></div>',
  props: { timeline: Number, tab: String },
  watch: {
    // Each panel keeps its place: they share what scrolls.
    tab(now, before) {
      const panels = this.$el.querySelector('.ed-panels');
      (this.places ??= {})[before] = panels.scrollTop;
      setTimeout(() => (panels.scrollTop = this.places[now] ?? 0), 60);
    },
  },
  mounted() {
    // Told every frame while the playhead moves; between two frames the clock goes on by itself.
    const last = { seconds: 0, playing: false, rate: 1, at: performance.now() };
    this.$el.addEventListener('songreel:time', (event) => {
      Object.assign(last, event.detail, { at: performance.now() });
    });
    const since = () => Math.min((performance.now() - last.at) / 1000, STALE);
    this.$el.songreelClock = {
      time: () => last.seconds + (last.playing ? last.rate * since() : 0),
      playing: () => last.playing,
      speed: () => last.rate,
      toggle: () => {
        getElement(this.timeline)?.receive({ type: last.playing ? 'pause' : 'play' });
      },
    };
    this.$el.addEventListener('keydown', this.tabs);
    document.addEventListener('click', this.letGo);
    // On a phone the timeline is one of the tabs, and the first.
    if (matchMedia('(max-width: 900px)').matches) {
      setTimeout(() => this.$el.querySelector('#ed-tab-timeline')?.click());
    }
  },
  beforeUnmount() {
    document.removeEventListener('click', this.letGo);
  },
  methods: {
    /** A button that was clicked, here or in the bar, lets go of the focus, so that Space plays
        instead of pressing it once more; who came to it by keyboard stays there. */
    letGo(event) {
      const button = event.detail && event.target.closest?.('button');
      if (button && !button.closest('dialog, [role="dialog"]')) document.activeElement?.blur();
    },
    tabs(event) {
      const list = event.target.closest('[role="tablist"]');
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!list || !way) return;
      const all = [...list.querySelectorAll('[role="tab"]')].filter((tab) => tab.offsetParent);
      const next = all[(all.indexOf(event.target) + way + all.length) % all.length];
      next.focus();
      next.click();
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
