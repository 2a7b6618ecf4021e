// Mounts the timeline in a NiceGUI page: an AFM model that sends changed traits and messages alone.

const sheets = new Set();

function style(url) {
  if (sheets.has(url)) return;
  sheets.add(url);
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = url;
  document.head.append(link);
  return new Promise((done) => {
    link.onload = link.onerror = done;
  });
}

export default {
  template: "<div></div>",
  props: { module_url: String, style_url: String, traits: Object },
  async mounted() {
    this.handlers = new Map();
    this.values = { ...this.traits };
    this.changed = new Set();
    const model = {
      get: (name) => this.values[name],
      set: (name, value) => {
        this.values[name] = value;
        this.changed.add(name);
        this.fire(`change:${name}`, value);
      },
      save_changes: () => {
        if (!this.changed.size) return;
        const traits = Object.fromEntries([...this.changed].map((name) => [name, this.values[name]]));
        this.changed.clear();
        this.$emit("traits", traits);
      },
      send: (content) => this.$emit("message", content),
      on: (name, handler) => this.handlers.set(name, [...(this.handlers.get(name) || []), handler]),
      off: (name, handler) =>
        this.handlers.set(name, (this.handlers.get(name) || []).filter((known) => known !== handler)),
    };
    await this.$nextTick(); // window.path_prefix is set when the app is mounted
    const prefix = window.path_prefix || "";
    const [{ default: widget }] = await Promise.all([
      import(prefix + this.module_url),
      style(prefix + this.style_url),
    ]);
    if (this.gone) return;
    this.end = widget.render({ model, el: this.$el });
    this.$emit("ready");
  },
  unmounted() {
    this.gone = true;
    this.end?.();
  },
  methods: {
    fire(name, value) {
      for (const handler of this.handlers?.get(name) || []) handler(value);
    },
    /** Traits that Python has set. */
    assign(traits) {
      for (const [name, value] of Object.entries(traits)) {
        this.values[name] = value;
        this.fire(`change:${name}`, value);
      }
    },
    /** Fields of the board that are others; the rest stays the very same objects. */
    patch(fields) {
      this.assign({ board: { ...this.values.board, ...fields } });
    },
    /** A message from Python. */
    receive(content) {
      this.fire("msg:custom", content);
    },
  },
};
