// Shows the explorers of a static page, where there is no kernel: reads the widget state that the
// notebook stored in the page, imports the explorer's own module from it, and gives it a model.

const states = (type) => [...document.querySelectorAll(`script[type="application/vnd.jupyter.widget-${type}+json"]`)];

function bytes({ data }) {
  return new DataView(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer);
}

class Model extends EventTarget {
  constructor({ state, buffers = [] }) {
    super();
    this.state = { ...state };
    for (const buffer of buffers) this.state[buffer.path[0]] = bytes(buffer);
  }
  get(name) { return this.state[name]; }
  set(name, value) {
    this.state[name] = value;
    this.dispatchEvent(new Event(`change:${name}`));
  }
  on(name, callback) { this.addEventListener(name, callback); }
  off(name, callback) { this.removeEventListener(name, callback); }
  save_changes() {}
}

async function show(view, stored) {
  const model = new Model(stored);
  const place = document.createElement("div");
  view.replaceWith(place);
  const url = URL.createObjectURL(new Blob([model.get("_esm")], { type: "text/javascript" }));
  const module = await import(url);
  URL.revokeObjectURL(url);
  module.default.render({ model, el: place });
}

function start() {
  const stored = Object.assign({}, ...states("state").map((s) => JSON.parse(s.textContent).state));
  const styles = new Set();
  for (const view of states("view")) {
    const model = stored[JSON.parse(view.textContent).model_id];
    if (model?.state._esm) {
      styles.add(model.state._css);
      show(view, model);
    }
  }
  const sheet = document.createElement("style");
  sheet.textContent = [...styles].join("\n");
  document.head.append(sheet);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
