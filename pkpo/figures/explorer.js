// Draws an Explorer: sliders, one readout, panels. It indexes arrays that Python computed and
// turns them into SVG; it does no mathematics of the book. The same module runs in JupyterLab,
// in Notebook 7 and, with the host in book/_static/, on the static page without a kernel.

const MARGIN = { top: 8, right: 14, bottom: 42, left: 52 };
const HEIGHT = 250;

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

function legend(panel) {
  const swatch = { line: "M0,6H24", area: "M0,2H24V12H0Z", bars: "M7,0H17V12H7Z", upright: "M12,0V12",
                   points: "M6.5,6a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0", rings: "M6.5,6a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0" };
  return html("ul", { class: "pkpo-legend" }, ...panel.series.filter((s) => s.label).map((s) =>
    html("li", {}, svg("svg", { width: 24, height: 12, "aria-hidden": true, class: style(s) }, svg("path", { d: swatch[s.kind] })), s.label)));
}

const style = (s) => `pkpo-mark pkpo-${s.kind} pkpo-c${s.color}${s.dashed ? " pkpo-dashed" : ""}`;

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
  g.append(svg("text", { x: width / 2, y: place.height + 36, "text-anchor": "middle" }, panel.xlabel),
           svg("text", { transform: `translate(-38,${place.height / 2}) rotate(-90)`, "text-anchor": "middle" }, panel.ylabel));
  return g;
}

function draw(canvas, panel, value) {
  const width = canvas.parentNode.clientWidth - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  if (width <= 0) return;
  const place = { x: scale(panel.xlim, [0, width]), y: scale(panel.ylim, [height, 0]), height };
  const plot = svg("svg", { width, height });
  for (const s of panel.series) plot.append(svg("g", { class: style(s) }, ...MARKS[s.kind](value(s.x), value(s.y), place)));
  fill(canvas, { width: width + MARGIN.left + MARGIN.right, height: HEIGHT }, []).replaceChildren(
    svg("g", { transform: `translate(${MARGIN.left},${MARGIN.top})` }, axes(panel, place, width), plot));
}

function control(slider, id, model) {
  // Neither Jupyter, which heeds the last attribute, nor the page may take the arrow keys.
  const input = html("input", { type: "range", id, min: 0, max: slider.values.length - 1, step: 1,
                                "data-slider": slider.name, "data-lm-suppress-shortcuts": true });
  const output = html("output", { for: id });
  input.addEventListener("keydown", (event) => event.stopPropagation());
  input.addEventListener("input", () => {
    model.set(slider.name, slider.values[Number(input.value)]);
    model.save_changes();
  });
  // A finger moves the slider as soon as it touches; if it goes on to scroll the page, that is undone.
  let before;
  input.addEventListener("pointerdown", () => { before = input.value; });
  input.addEventListener("pointercancel", () => {
    input.value = before;
    input.dispatchEvent(new Event("input"));
  });
  const show = (position) => {
    input.value = position;
    output.textContent = slider.texts[position];
    input.setAttribute("aria-valuetext", slider.texts[position]);
  };
  return { node: html("div", { class: "pkpo-control" }, html("label", { for: id }, slider.label), input, output), show };
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
  const unique = `pkpo-${Math.random().toString(36).slice(2)}`;
  const controls = spec.sliders.map((s) => control(s, `${unique}-${s.name}`, model));
  const numbers = spec.readouts.map(() => html("dd"));
  const canvases = spec.panels.map((p) => svg("svg", { role: "img", "aria-label": p.alt }));

  el.append(html("div", { class: "pkpo-explorer", role: "group", "aria-label": spec.title },
    html("div", { class: "pkpo-controls" }, ...controls.map((c) => c.node)),
    html("div", { class: "pkpo-readouts", role: "status", "aria-live": "polite" }, html("dl", {},
      ...spec.readouts.map((r, i) => html("div", {}, html("dt", {}, r.label), numbers[i])))),
    html("div", { class: "pkpo-panels" }, ...spec.panels.map((p, i) =>
      html("div", { class: "pkpo-panel" }, html("p", { class: "pkpo-title" }, p.title), legend(p), html("div", {}, canvases[i]))))));

  const update = () => {
    const positions = Object.fromEntries(spec.sliders.map((s) => [s.name, nearest(s.values, model.get(s.name))]));
    for (const t of spec.tallies) {
      positions[t.name] = t.stands.indexOf(t.of.map((name) => positions[name]).sort((a, b) => a - b).join());
    }
    const value = (ref) => pick({ ...ref, data }, positions, sizes);
    spec.sliders.forEach((s, i) => controls[i].show(positions[s.name]));
    spec.readouts.forEach((r, i) => { numbers[i].textContent = value(r); });
    spec.panels.forEach((p, i) => draw(canvases[i], p, value));
  };
  const events = spec.sliders.map((s) => `change:${s.name}`);
  events.forEach((event) => model.on(event, update));
  const resize = new ResizeObserver(update);
  resize.observe(el);
  update();
  return () => {
    events.forEach((event) => model.off(event, update));
    resize.disconnect();
  };
}

export default { render };
