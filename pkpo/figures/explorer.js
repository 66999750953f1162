// Draws an Explorer: sliders, one readout, panels. It indexes arrays that Python computed and
// turns them into SVG; it does no mathematics of the book. The same module runs in JupyterLab,
// in Notebook 7 and, with the host in book/_static/, on the static page without a kernel.
// What a slider does, a drag on a panel does too where the panel's x axis is that slider's.

const MARGIN = { top: 18, right: 14, bottom: 42, left: 52 };
const HEIGHT = { alone: 260, aligned: 220 }; // aligned: one below the other, as they share an axis
const RUN = 6000; // milliseconds from the first position to the last

function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const scale = ([a, b], [from, to]) => (v) => from + ((v - a) / (b - a)) * (to - from);

// Numbers have the text's minus, and its symbols, which are letters on their own, are slanted.
const minus = (text) => text.replace(/^-(?=\d)/, "\u2212");
const SYMBOL = /(?<![\p{Lu}\p{Ll}\p{Nd}'\u2019])([b-zθσρη]|J(?=\p{Lm}))(?![\p{Lu}\p{Ll}\p{Nd}'\u2019])/u;
const set = (text, slant) => text.split(SYMBOL).map((part, i) => (i % 2 ? slant(part) : part));
const words = (text) => set(text, (symbol) => html("i", {}, symbol));
const drawn = (text) => set(text, (symbol) => svg("tspan", { "font-style": "italic" }, symbol));
const longest = (texts) => Math.max(...texts.map((text) => text.length));

// The array behind `ref` at the sliders' positions: its leading axes are the sliders in ref.on,
// or tallies, which count how many of several sliders stand at each position.
function pick(ref, positions, sizes) {
  let flat = 0;
  for (const name of ref.on) flat = flat * sizes[name] + positions[name];
  return ref.text ? ref.text[flat] : ref.data.subarray(ref.at + flat * ref.size, ref.at + (flat + 1) * ref.size);
}

const MARKS = {
  line: (x, y, place) => [svg("path", { d: path(x, y, place) })],
  area: (x, y, place) => {
    const top = path(x, y, place);
    return [svg("path", { d: `${top}L${place.x(x[x.length - 1])},${place.y(0)}L${place.x(x[0])},${place.y(0)}Z` })];
  },
  bars: (x, y, place) => pairs(x, y).map(([u, v]) => {
    const width = Math.max(2, 0.7 * (place.x(1) - place.x(0)));
    const [top, bottom] = v > 0 ? [place.y(v), place.y(0)] : [place.y(0), place.y(v)];
    return svg("rect", { x: place.x(u) - width / 2, y: top, width, height: bottom - top });
  }),
  points: (x, y, place) => pairs(x, y).map(([u, v]) => svg("circle", { cx: place.x(u), cy: place.y(v), r: 5.5 })),
  rings: (x, y, place) => pairs(x, y).map(([u, v]) => svg("circle", { cx: place.x(u), cy: place.y(v), r: 8 })),
  upright: (x, _, place) => [...x].filter(Number.isFinite).map((u) =>
    svg("line", { x1: place.x(u), x2: place.x(u), y1: 0, y2: place.height })),
};

const pairs = (x, y) => [...x].map((u, i) => [u, y[i]]).filter((pair) => pair.every(Number.isFinite));

function path(x, y, place) {
  let d = "", pen = "M";
  for (let i = 0; i < x.length; i++) {
    if (Number.isFinite(x[i]) && Number.isFinite(y[i])) {
      d += `${pen}${place.x(x[i]).toFixed(1)},${place.y(y[i]).toFixed(1)}`;
      pen = "L";
    } else pen = "M";
  }
  return d;
}

const style = (s) => `pkpo-mark pkpo-${s.kind} pkpo-c${s.color}${s.dashed ? " pkpo-dashed" : ""}`;

const SWATCH = { line: "M0,6H24", area: "M0,2H24V12H0Z", bars: "M7,0H17V12H7Z", upright: "M12,0V12",
                 points: "M6.5,6a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0", rings: "M6.5,6a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0" };

const READ = ["line", "area", "bars"]; // what has a value at every x

// The legend, and in it the place for the value under the crosshair.
function legendOf(panel, series) {
  return html("ul", { class: "pkpo-legend" }, ...series.filter((s) => s.label).map((s) => html("li", {},
    svg("svg", { width: 24, height: 12, "aria-hidden": true, class: style(s) }, svg("path", { d: SWATCH[s.kind] })),
    html("span", {}, ...words(s.label)), ...(READ.includes(s.kind) ? [s.value] : []))));
}

function axes(panel, place, width) {
  const g = svg("g", { class: "pkpo-axes" });
  for (const [v, text] of panel.xticks) {
    g.append(svg("line", { x1: place.x(v), x2: place.x(v), y1: 0, y2: place.height }),
             svg("text", { x: place.x(v), y: place.height + 17, "text-anchor": "middle" }, text));
  }
  for (const [v, text] of panel.yticks) {
    g.append(svg("line", { x1: 0, x2: width, y1: place.y(v), y2: place.y(v) }),
             svg("text", { x: -8, y: place.y(v) + 4, "text-anchor": "end" }, text));
  }
  g.append(svg("text", { x: width / 2, y: place.height + 36, "text-anchor": "middle" }, ...drawn(panel.xlabel)),
           svg("text", { transform: `translate(-38,${place.height / 2}) rotate(-90)`, "text-anchor": "middle" }, ...drawn(panel.ylabel)));
  return g;
}

// What a drawn line, or the bar at x, has for its y; undefined where there is none.
function heightAt(s, x, xs, ys) {
  if (s.kind === "bars") return ys[xs.findIndex((u) => Math.abs(u - x) <= 0.5)];
  for (let i = 1; i < xs.length; i++) {
    if ((xs[i - 1] - x) * (xs[i] - x) <= 0) return scale([xs[i - 1], xs[i]], [ys[i - 1], ys[i]])(x);
  }
}

// Three digits, as many as can be read off a plot.
function short(v, base) {
  const x = base ? base ** v : v;
  return minus(Math.abs(x) < 0.001 && x ? x.toExponential(0) : String(Number(x.toPrecision(3))));
}

// A panel: `draw` redraws what has changed since the last time, `point` puts the crosshair at x.
function panelOf(panel, height) {
  const series = panel.series.map((s) => ({ ...s, value: html("span", { class: "pkpo-value" }), mark: svg("g", { class: style(s) }) }));
  const plot = svg("svg", {}, ...series.map((s) => s.mark)), cross = svg("g", { class: "pkpo-cross" });
  const canvas = svg("svg", { role: "img", "aria-label": panel.alt });
  const legend = legendOf(panel, series), box = html("div", {}, canvas);
  const node = html("div", { class: `pkpo-panel${panel.slider ? " pkpo-dragged" : ""}` },
                    html("p", { class: "pkpo-title" }, ...words(panel.title)), legend, box);
  let place, width;
  const size = () => {
    const room = box.clientWidth - MARGIN.left - MARGIN.right;
    if (room <= 0 || room === width) return;
    width = room;
    place = { x: scale(panel.xlim, [0, width]), y: scale(panel.ylim, [height - MARGIN.top - MARGIN.bottom, 0]),
              height: height - MARGIN.top - MARGIN.bottom };
    fill(plot, { width, height: place.height }, []);
    fill(canvas, { width: width + MARGIN.left + MARGIN.right, height }, []).replaceChildren(
      svg("g", { transform: `translate(${MARGIN.left},${MARGIN.top})` }, axes(panel, place, width), plot, cross));
    series.forEach((s) => { s.is = undefined; });
  };
  const draw = (at, value) => {
    size();
    if (!width) return;
    for (const s of series) {
      const is = `${at(s.x)} ${at(s.y)}`;
      if (is !== s.is) s.mark.replaceChildren(...MARKS[s.kind](value(s.x), value(s.y), place));
      s.is = is;
    }
  };
  const point = (x, text, value) => {
    const seen = width && x >= panel.xlim[0] && x <= panel.xlim[1];
    for (const s of series) {
      const y = seen && READ.includes(s.kind) ? heightAt(s, x, value(s.x), value(s.y)) : undefined;
      s.value.textContent = Number.isFinite(y) ? short(y, panel.ybase) : "";
    }
    cross.replaceChildren(...(seen ? [svg("line", { x1: place.x(x), x2: place.x(x), y1: 0, y2: place.height }),
      svg("text", { x: place.x(x), y: -6, "text-anchor": "middle" }, text ?? short(x, panel.xbase))] : []));
  };
  const under = (event) => scale([0, width], panel.xlim)(event.clientX - canvas.getBoundingClientRect().left - MARGIN.left);
  return { ...panel, node, canvas, draw, point, under };
}

// A slider with its value, why it can go no further, and the buttons of what runs.
function control(slider, id, move) {
  // Neither Jupyter, which heeds the last attribute, nor the page may take the arrow keys.
  const input = html("input", { type: "range", id, min: 0, max: slider.values.length - 1, step: 1,
                                "data-slider": slider.name, "data-lm-suppress-shortcuts": true });
  const output = html("output", { for: id, style: `min-width: ${longest(slider.texts)}ch` });
  const limit = html("p", { class: "pkpo-limit", id: `${id}-limit` });
  input.addEventListener("keydown", (event) => event.stopPropagation());
  input.addEventListener("input", () => move(slider, Number(input.value)));
  // A finger moves the slider as soon as it touches; if it goes on to scroll the page, that is undone.
  let before;
  input.addEventListener("pointerdown", () => { before = input.value; });
  input.addEventListener("pointercancel", () => move(slider, Number(before)));
  const show = (position) => {
    input.value = position;
    output.textContent = minus(slider.texts[position]);
    input.setAttribute("aria-valuetext", minus(slider.texts[position]));
  };
  const node = html("div", { class: "pkpo-control" }, html("label", { for: id }, ...words(slider.label)), output, input);
  if (slider.at_most) {
    node.append(limit);
    input.setAttribute("aria-describedby", `${id}-limit`);
  }
  return { node, input, show, limit };
}

// Play goes through the positions and stops at the last; who wants less motion has Step alone.
function player(slider, { position, move, whilePlaying }) {
  const start = position(slider), last = slider.values.length - 1;
  const button = (text, does) => {
    const node = html("button", { type: "button", class: "pkpo-button" }, text);
    node.addEventListener("click", does);
    return node;
  };
  let timer;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Play";
    whilePlaying(false);
  };
  const next = () => {
    move(slider, Math.min(position(slider) + 1, last));
    if (position(slider) === last) stop();
  };
  const play = button("Play", () => {
    if (timer) return stop();
    if (position(slider) === last) move(slider, 0);
    timer = setInterval(next, Math.max(40, RUN / last));
    play.textContent = "Pause";
    whilePlaying(true);
  });
  play.setAttribute("class", "pkpo-button pkpo-play");
  const step = button("Step", () => { stop(); next(); });
  const reset = button("Reset", () => { stop(); move(slider, start); });
  const about = `${slider.label}: play, step, reset`;
  return { node: html("div", { class: "pkpo-buttons", role: "group", "aria-label": about }, play, step, reset), stop };
}

function nearest(values, value) {
  let best = 0;
  values.forEach((v, i) => { if (Math.abs(v - value) < Math.abs(values[best] - value)) best = i; });
  return best;
}

function render({ model, el }) {
  const spec = model.get("_spec");
  const bytes = model.get("_data");  // copied, because a Float32Array must start on a multiple of 4
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const sizes = Object.fromEntries([...spec.sliders.map((s) => [s.name, s.values.length]),
                                    ...spec.tallies.map((t) => [t.name, t.stands.length])]);
  const sliders = Object.fromEntries(spec.sliders.map((s) => [s.name, s]));
  const position = (s) => nearest(s.values, model.get(s.name));
  let positions;
  const value = (ref) => pick({ ...ref, data }, positions, sizes);
  const at = (ref) => `${ref.at},${ref.on.map((name) => positions[name])}`;

  // What cannot be: a slider beyond the one that limits it goes back to it. Returns the last that did.
  const settle = (wanted = {}) => {
    const values = { ...Object.fromEntries(spec.sliders.map((s) => [s.name, model.get(s.name)])), ...wanted };
    let stopped;
    for (const s of spec.sliders.filter((s) => s.at_most)) {
      const most = values[s.at_most[0]];
      if (values[s.name] <= most) continue;
      values[s.name] = s.values.findLast((v) => v <= most) ?? s.values[0];
      stopped = s;
    }
    for (const s of spec.sliders) if (values[s.name] !== model.get(s.name)) model.set(s.name, values[s.name]);
    return stopped;
  };
  const move = (slider, position) => {
    const stopped = settle({ [slider.name]: slider.values[position] });
    model.save_changes();
    update(); // the handle may have gone further than the slider
    said.textContent = stopped ? controls[spec.sliders.indexOf(stopped)].limit.textContent : "";
  };

  const unique = `pkpo-${Math.random().toString(36).slice(2)}`;
  const controls = spec.sliders.map((s) => control(s, `${unique}-${s.name}`, move));
  const whilePlaying = (playing) => status.setAttribute("aria-live", playing ? "off" : "polite");
  const players = spec.sliders.map((s, i) => {
    if (!s.plays) return undefined;
    const made = player(s, { position, move, whilePlaying });
    controls[i].node.append(made.node);
    controls[i].input.addEventListener("input", made.stop);
    return made;
  }).filter(Boolean);
  const numbers = spec.readouts.map(() => html("dd"));
  const cell = Math.max(0, ...spec.readouts.map((r) => 0.5 * r.label.length + 0.6 * longest(r.text) + 1));
  const said = html("p", { class: "pkpo-said" });
  const status = html("div", { class: "pkpo-readouts", role: "status", "aria-live": "polite" },
    html("dl", { style: `--pkpo-cell: ${cell.toFixed(0)}em` },
      ...spec.readouts.map((r, i) => html("div", {}, html("dt", {}, ...words(r.label)), numbers[i]))), said);
  const aligned = spec.panels.length > 1 && new Set(spec.panels.map((p) => String(p.xlim))).size === 1;
  const panels = spec.panels.map((p) => panelOf(p, aligned ? HEIGHT.aligned : HEIGHT.alone));

  el.append(html("div", { class: "pkpo-explorer", role: "group", "aria-label": spec.title },
    html("div", { class: "pkpo-controls" }, ...controls.map((c) => c.node)), status,
    html("div", { class: `pkpo-panels${aligned ? " pkpo-aligned" : ""}` }, ...panels.map((p) => p.node))));

  // The crosshair is where the pointer is, or else at the slider that has the focus.
  let hovered, focused;
  const places = (p) => p.at ?? sliders[p.slider].values;
  const cross = () => {
    const owner = hovered?.panel ?? panels.find((p) => focused && p.slider === focused);
    for (const p of panels) {
      if (String(p.xlim) !== String(owner?.xlim)) p.point(NaN, "", value);
      else if (owner.slider) {
        const i = hovered ? nearest(places(owner), hovered.x) : positions[owner.slider];
        p.point(places(owner)[i], minus(sliders[owner.slider].texts[i]), value);
      } else p.point(hovered.x, undefined, value);
    }
  };
  const draw = () => {
    panels.forEach((p) => p.draw(at, value));
    cross();
  };
  let frame;
  const later = () => { frame ??= requestAnimationFrame(() => { frame = undefined; draw(); }); };
  const update = () => {
    settle();
    positions = Object.fromEntries(spec.sliders.map((s) => [s.name, position(s)]));
    for (const t of spec.tallies) {
      positions[t.name] = t.stands.indexOf(t.of.map((name) => positions[name]).sort((a, b) => a - b).join());
    }
    spec.sliders.forEach((s, i) => {
      controls[i].show(positions[s.name]);
      if (!s.at_most) return;
      const [name, why] = s.at_most;
      controls[i].limit.replaceChildren(...words(`at most ${name} = ${sliders[name].texts[positions[name]]}: ${why}`));
    });
    spec.readouts.forEach((r, i) => { numbers[i].textContent = minus(value(r)); });
    later();
  };

  for (const p of panels) {
    let start;
    const follow = (event) => {
      hovered = { panel: p, x: p.under(event) };
      if (start !== undefined) move(sliders[p.slider], nearest(places(p), hovered.x));
      else later();
    };
    p.canvas.addEventListener("pointermove", follow);
    p.canvas.addEventListener("pointerleave", () => { hovered = undefined; later(); });
    if (!p.slider) continue;
    p.canvas.addEventListener("mousedown", (event) => event.preventDefault()); // which would take the focus
    p.canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      start = positions[p.slider];
      p.canvas.setPointerCapture(event.pointerId);
      controls[spec.sliders.indexOf(sliders[p.slider])].input.focus({ preventScroll: true });
      players.forEach((made) => made.stop());
      follow(event);
    });
    p.canvas.addEventListener("pointerup", () => { start = undefined; });
    p.canvas.addEventListener("pointercancel", () => { // a finger that goes on to scroll the page
      if (start !== undefined) move(sliders[p.slider], start);
      start = hovered = undefined;
    });
  }
  controls.forEach((c, i) => {
    c.input.addEventListener("focus", () => { focused = spec.sliders[i].name; later(); });
    c.input.addEventListener("blur", () => { focused = undefined; later(); });
  });

  const events = spec.sliders.map((s) => `change:${s.name}`);
  events.forEach((event) => model.on(event, update));
  const resize = new ResizeObserver(draw);
  resize.observe(el);
  update();
  draw();
  return () => {
    events.forEach((event) => model.off(event, update));
    players.forEach((made) => made.stop());
    cancelAnimationFrame(frame);
    resize.disconnect();
  };
}

export default { render };
