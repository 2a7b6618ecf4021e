// A long list of which only what is in sight is in the page.

const HEIGHT = 58; // px of a row; texts are cut to two lines

export default {
  template: `
    <div class="ed-rows" ref="box" role="list" tabindex="-1" @scroll.passive="look">
      <div :style="{ height: rows.length * height + 'px', position: 'relative' }">
        <button v-for="row in seen" :key="row.index" type="button" role="listitem" class="ed-row-line"
                :class="row.tone" :style="{ top: row.index * height + 'px', height: height + 'px' }"
                @click="$emit('pick', row)">
          <span class="ed-row-key">{{ row.key }}</span>
          <span class="ed-row-text">{{ row.text }}</span>
          <span v-if="row.aside" class="ed-row-aside">{{ row.aside }}</span>
        </button>
      </div>
    </div>`,
  props: { rows: Array }, // of { key, text, aside, tone }
  data: () => ({ from: 0, to: 30, height: HEIGHT }),
  computed: {
    seen() {
      return this.rows.slice(this.from, this.to).map((row, i) => ({ ...row, index: this.from + i }));
    },
  },
  mounted() {
    this.watcher = new ResizeObserver(() => this.look());
    this.watcher.observe(this.$refs.box);
  },
  beforeUnmount() {
    this.watcher.disconnect();
  },
  methods: {
    look() {
      const box = this.$refs.box;
      this.from = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 4);
      this.to = Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + 4;
    },
  },
};
