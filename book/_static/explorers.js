// Brings the explorers of a page to life, where there is no kernel: when the picture of one comes
// near the screen, its data is fetched and its script takes the picture's place.

class Model extends EventTarget {
  constructor({ _data, ...traits }) {
    super();
    const bytes = Uint8Array.from(atob(_data), (c) => c.charCodeAt(0));
    this.state = { ...traits, _data: new DataView(bytes.buffer) };
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

// By a script element, because fetch() may not read a file beside a page that is itself a file.
function load(name) {
  const script = document.createElement("script");
  script.src = `${document.documentElement.dataset.content_root}_static/explorers/${name}.js`;
  return new Promise((done, failed) => {
    script.onload = () => done(pkpoData[name]);
    script.onerror = () => failed(new Error(`no data of the explorer ${name}`));
    document.head.append(script);
  });
}

async function takeOver(place) {
  const traits = await load(place.dataset.explorer);
  const el = document.createElement("div");
  place.append(el);
  pkpoExplorer.render({ model: new Model(traits), el });
  place.replaceChildren(el);
  place.dataset.alive = "";
}

const near = new IntersectionObserver((changes) => {
  for (const { isIntersecting, target } of changes) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    takeOver(target);
  }
}, { rootMargin: "100% 0px" });
for (const place of document.querySelectorAll("[data-explorer]")) near.observe(place);
