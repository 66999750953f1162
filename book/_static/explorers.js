// Brings the explorers of a page to life, where there is no kernel: when the picture of one comes
// near the screen, its data is fetched and its script takes the picture's place.

class Model extends EventTarget {
  constructor({ _data, ...traits }) {
    super();
    const letters = atob(_data), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i); // Uint8Array.from takes 50 times as long
    this.state = { ...traits, _data: new DataView(bytes.buffer) };
  }
  get(name) { return this.state[name]; }
  set(name, value) {
    this.state[name] = value;
    this.dispatchEvent(new Event(`change:${name}`));
  }
  setAll(values) {
    Object.assign(this.state, values);
    for (const name in values) this.set(name, values[name]);
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

// Where the sliders stand is in the page's address: ?k=16 for the first explorer, ?2.k=16 for the
// second. What stands as the notebook has it is left out.
const places = [...document.querySelectorAll("[data-explorer]")];
const named = (place, slider) => (places.indexOf(place) ? `${places.indexOf(place) + 1}.${slider}` : slider);

function fromAddress(place, traits) {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(traits._spec.sliders.map(({ name }) => [name, asked.get(named(place, name))])
    .filter(([, value]) => value && Number.isFinite(Number(value))).map(([name, value]) => [name, Number(value)]));
}

function toAddress(place, traits, model) {
  const address = new URL(location.href);
  for (const { name } of traits._spec.sliders) {
    if (model.get(name) === traits[name]) address.searchParams.delete(named(place, name));
    else address.searchParams.set(named(place, name), model.get(name));
  }
  history.replaceState(history.state, "", address);
}

const alive = new Map(); // of each place, the model that its explorer shows

function takeOver(place) {
  if (!alive.has(place)) alive.set(place, bringToLife(place));
  return alive.get(place);
}

async function bringToLife(place) {
  const traits = await load(place.dataset.explorer);
  const model = new Model({ ...traits, ...fromAddress(place, traits) });
  const el = document.createElement("div");
  place.append(el);
  pkpoExplorer.render({ model, el });
  place.replaceChildren(el);
  place.dataset.alive = "";
  let waiting;
  model.save_changes = () => { // once it rests: browsers count these, and read the page's icon again
    clearTimeout(waiting);
    waiting = setTimeout(() => toAddress(place, traits, model), 800);
  };
  return model;
}

const near = new IntersectionObserver((changes) => {
  for (const { isIntersecting, target } of changes) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    takeOver(target);
  }
}, { rootMargin: "100% 0px" });
for (const place of places) near.observe(place);

// Words of the text that set an explorer are buttons, now that there is a script for them; spans
// still, because these break at the end of a line.
for (const words of document.querySelectorAll("[data-set]")) {
  const place = document.querySelector(`[data-explorer="${words.dataset.sets}"]`);
  const values = Object.fromEntries([...new URLSearchParams(words.dataset.set)].map(([name, v]) => [name, Number(v)]));
  const set = async () => {
    const model = await takeOver(place);
    model.setAll(values);
    model.save_changes();
    place.scrollIntoView({ block: "nearest" });
  };
  words.role = "button";
  words.tabIndex = 0;
  words.addEventListener("click", set);
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    set();
  });
}
