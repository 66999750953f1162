// Draws an Explorer: sliders, one readout, panels. It indexes arrays that Python computed and
// turns them into SVG; it does no mathematics of the book. The same module runs in JupyterLab,
// in Notebook 7 and, with the host in book/_static/, on the static page without a kernel.
// What a slider does, a drag on a panel does too where the panel's x axis is that slider's, or where
// the slider is the height of a bar.

const MARGIN = { top: 18, right: 14, bottom: 42, left: 52 };
const HEIGHT = { alone: 260, aligned: 220 }; // aligned: one below the other, as they share an axis
const RUN = 6000; // milliseconds from the first position to the last

function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

// What a node has already is left alone, here and in say: a browser would lay it out again.
function fill(node, attributes, children = []) {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const scale = ([a, b], [from, to]) => (v) => from + ((v - a) / (b - a)) * (to - from);

// Numbers are written as in the text; its symbols, which are letters on their own, are slanted.
const power = (_, sign, digits) => ` × 10${sign === "-" ? "⁻" : ""}${[...digits].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("")}`;
const number = (text) => text.replace(/^-(?=\d)/, "\u2212").replace(/e([+-])0*(\d+)$/, power);
const SYMBOL = /(?<![\p{Lu}\p{Ll}\p{Nd}'\u2019])(kρ|d?θ|[b-zσρη]|d?J(?=\p{Lm}))(?![\p{Lu}\p{Ll}\p{Nd}'\u2019])/u;
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

// The shapes of a mark: of each, its attributes.
const MARKS = {
  line: (x, y, place) => [{ d: path(x, y, place) }],
  area: (x, y, place) => {
    const [first, last] = [pairs(x, y)[0], pairs(x, y).pop()].map(([u]) => place.x(u));
    return [{ d: `${path(x, y, place)}L${last},${place.y(0)}L${first},${place.y(0)}Z` }];
  },
  bars: (x, y, place, s, base) => pairs(x, y, base).map(([u, ...ends]) => {
    const width = Math.max(2, s.width * (place.x(1) - place.x(0)));
    const [top, bottom] = ends.map(place.y).sort((a, b) => a - b);
    return { x: place.x(u) - width / 2, y: top, width, height: bottom - top };
  }),
  points: (x, y, place) => pairs(x, y).map(([u, v]) => ({ cx: place.x(u), cy: place.y(v), r: 5.5 })),
  rings: (x, y, place) => pairs(x, y).map(([u, v]) => ({ cx: place.x(u), cy: place.y(v), r: 8 })),
  upright: (x, _, place) => [...x].filter(Number.isFinite).map((u) =>
    ({ x1: place.x(u), x2: place.x(u), y1: 0, y2: place.height })),
};
const TAGS = { line: "path", area: "path", bars: "rect", points: "circle", rings: "circle", upright: "line" };

function put(mark, tag, shapes) {
  const there = [...mark.children];
  const nodes = shapes.map((shape, i) => fill(there[i] ?? svg(tag), shape));
  for (const node of there.slice(nodes.length)) node.remove();
  mark.append(...nodes.slice(there.length));
}

const pairs = (x, y, base) => [...x].map((u, i) => [u, y[i], base?.[i] ?? 0]).filter((pair) => pair.every(Number.isFinite));

function path(x, y, place) {
  const strands = [[]];
  for (let i = 0; i < x.length; i++) {
    const [u, v] = [place.x(x[i]), place.y(y[i])], strand = strands[strands.length - 1], [p, q] = strand[strand.length - 1] ?? [];
    if (!Number.isFinite(u) || !Number.isFinite(v)) strands.push([]);
    else if (u !== p || v !== q) strand.push([u, v]);
  }
  return strands.map(smooth).join("");
}

// Through the points, without a corner where they are few and without a peak between them
// (Steffen's cubic, in pixels); along a riser, straight.
function smooth(points) {
  const to = (...at) => at.map(([u, v]) => `${u.toFixed(1)},${v.toFixed(1)}`).join(" ");
  if (points.length < 3 || points.length > 100) return points.map((p, i) => `${i ? "L" : "M"}${to(p)}`).join("");
  const steps = points.slice(1).map(([u, v], i) => [u - points[i][0], v - points[i][1]]);
  const slopes = steps.map(([h, rise]) => rise / h);
  const inner = slopes.slice(1).map((s, i) => {
    const before = slopes[i], [g] = steps[i], [h] = steps[i + 1];
    if (!g || !h) return g ? before : s;
    const middle = Math.abs(before * h + s * g) / (g + h) / 2;
    return (Math.sign(before) + Math.sign(s)) * Math.min(Math.abs(before), Math.abs(s), middle);
  });
  const at = [(3 * slopes[0] - inner[0]) / 2, ...inner, (3 * slopes[slopes.length - 1] - inner[inner.length - 1]) / 2];
  return `M${to(points[0])}` + steps.map(([h], i) => {
    const [[u, v], [w, z]] = points.slice(i, i + 2);
    return h ? `C${to([u + h / 3, v + (at[i] * h) / 3], [w - h / 3, z - (at[i + 1] * h) / 3], [w, z])}` : `L${to([w, z])}`;
  }).join("");
}

const style = (s) => `pkpo-mark pkpo-${s.kind} pkpo-c${s.color}${s.dashed ? " pkpo-dashed" : ""}`;

const SWATCH = { line: "M0,6H24", area: "M0,2H24V12H0Z", bars: "M7,0H17V12H7Z", upright: "M12,0V12",
                 points: "M6.5,6a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0", rings: "M6.5,6a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0" };

const read = (s) => ["line", "area", "bars"].includes(s.kind) && !s.silent; // what has a value at every x

// The legend, an entry for each label, and in it the place for the value under the crosshair.
function legendOf(series) {
  const first = series.filter((s, i) => s.label && series.findIndex((t) => t.label === s.label) === i);
  return html("ul", { class: "pkpo-legend" }, ...first.map((s) => html("li", {},
    svg("svg", { width: 24, height: 12, "aria-hidden": true, class: style(s) }, svg("path", { d: SWATCH[s.kind] })),
    html("span", {}, ...words(s.label)), ...(read(s) ? [s.value] : []))));
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
  return number(Math.abs(x) < 0.001 && x ? x.toExponential(0) : String(Number(x.toPrecision(3))));
}

// A panel: `fit` makes it as wide as its box, `draw` redraws what has changed since the last time,
// `point` puts the crosshair at x.
function panelOf(panel, height) {
  const series = panel.series.map((s) => ({ ...s, value: html("span", { class: "pkpo-value" }), mark: svg("g", { class: style(s) }) }));
  const plot = svg("svg", {}, ...series.map((s) => s.mark)), cross = svg("g", { class: "pkpo-cross" });
  const upright = svg("line"), stop = svg("text", { y: -6, "text-anchor": "middle" });
  const grips = (panel.heights ?? [panel.slider].filter(Boolean)).map(() => html("div", { class: "pkpo-grip" }));
  const canvas = svg("svg", { role: "img", "aria-label": panel.alt });
  const legend = legendOf(series), box = html("div", { class: "pkpo-box" }, canvas, ...grips);
  const node = html("div", { class: `pkpo-panel${panel.slider ? " pkpo-dragged" : panel.heights ? " pkpo-lifted" : ""}` },
                    html("p", { class: "pkpo-title" }, ...words(panel.title)), legend, box);
  let place, width, crossed;
  const fit = (wide) => {
    const inner = wide - MARGIN.left - MARGIN.right;
    if (inner <= 0 || inner === width) return;
    width = inner;
    place = { x: scale(panel.xlim, [0, width]), y: scale(panel.ylim, [height - MARGIN.top - MARGIN.bottom, 0]),
              height: height - MARGIN.top - MARGIN.bottom };
    fill(plot, { width, height: place.height });
    fill(upright, { y1: 0, y2: place.height });
    fill(canvas, { width: wide, height }).replaceChildren(
      svg("g", { transform: `translate(${MARGIN.left},${MARGIN.top})` }, axes(panel, place, width), plot, cross));
    series.forEach((s) => { s.is = undefined; });
  };
  const draw = (at, value, stands) => {
    if (!width) return;
    for (const s of series) {
      const refs = [s.x, s.y, s.base].filter(Boolean), is = refs.map(at).join(" ");
      if (is !== s.is) {
        const [x, y, base] = refs.map(value);
        put(s.mark, TAGS[s.kind], MARKS[s.kind](x, y, place, s, base));
      }
      s.is = is;
    }
    grips.forEach((grip, i) => { // the top of a bar, or the height of the plot: with room for a finger
      const [x, y, wide, high] = panel.heights ? [i + 1, place.y(stands[i]) - 22, place.x(1) - place.x(0), 44] : [stands[i], 0, 44, place.height + 9];
      const left = MARGIN.left + place.x(x) - wide / 2;
      fill(grip, { style: `width: ${wide}px; height: ${high}px; transform: translate(${left}px, ${MARGIN.top + y}px)` });
    });
  };
  const point = (x, text, value) => {
    const seen = width && x >= panel.xlim[0] && x <= panel.xlim[1], values = {}; // at each label
    for (const s of series.filter(read)) {
      const y = seen ? heightAt(s, x, value(s.x), value(s.y)) : undefined;
      if (Number.isFinite(y)) values[s.label] ??= short(y, panel.ybase);
    }
    for (const s of series) say(s.value, values[s.label] ?? "");
    if (seen) {
      fill(upright, { x1: place.x(x), x2: place.x(x) });
      fill(stop, { x: place.x(x) });
      say(stop, text ?? short(x, panel.xbase));
    }
    if (seen !== crossed) cross.replaceChildren(...(seen ? [upright, stop] : []));
    crossed = seen;
  };
  const under = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: scale([0, width], panel.xlim)(event.clientX - left - MARGIN.left),
             y: scale([place.height, 0], panel.ylim)(event.clientY - top - MARGIN.top) };
  };
  return { ...panel, node, box, fit, draw, point, under };
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
    say(output, number(slider.texts[position]));
    fill(input, { "aria-valuetext": number(slider.texts[position]) });
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

// On a phone, panels that share no axis stand in a row to be swiped, and a button shows each.
function tabsOf(panels, row) {
  const buttons = panels.map((p, i) => {
    const node = html("button", { type: "button", class: "pkpo-button" }, ...words(p.title));
    node.addEventListener("click", () => row.scrollTo({ left: i * row.clientWidth }));
    return node;
  });
  const show = () => {
    const seen = Math.round(row.scrollLeft / row.clientWidth) || 0;
    buttons.forEach((button, i) => button.setAttribute("aria-current", i === seen));
    fill(row, row.scrollWidth > row.clientWidth ? { tabindex: 0, role: "group", "aria-label": "Panels" } : {});
  };
  row.addEventListener("scroll", show);
  row.addEventListener("keydown", (event) => event.stopPropagation());
  return { node: html("div", { class: "pkpo-buttons pkpo-tabs", role: "group", "aria-label": "Panels" }, ...buttons), show };
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
  const readouts = spec.readouts.map((r) => ({ ...r, text: r.text.split("\n") }));
  const wide = readouts.map((r) => longest([...new Set(r.text)].map(number)));
  const numbers = wide.map((letters) => html("dd", { style: `min-width: ${letters}ch` }));
  const cell = Math.max(0, ...readouts.map((r, i) => 0.5 * r.label.length + 0.6 * wide[i] + 1));
  const said = html("p", { class: "pkpo-said" });
  const status = html("div", { class: "pkpo-readouts", role: "status", "aria-live": "polite" },
    html("dl", { style: `--pkpo-cell: ${cell.toFixed(0)}em` },
      ...readouts.map((r, i) => html("div", {}, html("dt", {}, ...words(r.label)), numbers[i]))), said);
  const aligned = spec.panels.length > 1 && new Set(spec.panels.map((p) => String(p.xlim))).size === 1;
  const panels = spec.panels.map((p) => panelOf(p, aligned ? HEIGHT.aligned : HEIGHT.alone));

  const row = html("div", { class: `pkpo-panels${aligned ? " pkpo-aligned" : ""}` }, ...panels.map((p) => p.node));
  const tabs = aligned || panels.length < 2 ? undefined : tabsOf(panels, row);
  el.append(html("div", { class: "pkpo-explorer", role: "group", "aria-label": spec.title },
    html("div", { class: "pkpo-controls" }, ...controls.map((c) => c.node)), status,
    ...(tabs ? [tabs.node] : []), row));

  // The crosshair is where the pointer is, or else at the slider that has the focus.
  let hovered, focused;
  const places = (p) => p.at ?? p.heights?.map((_, i) => i + 1) ?? sliders[p.slider]?.values;
  const cross = () => {
    const owner = hovered?.panel ?? panels.find((p) => focused && [p.slider, ...(p.heights ?? [])].includes(focused));
    const stops = owner && places(owner);
    const i = hovered ? stops && nearest(stops, hovered.x) : owner?.heights?.indexOf(focused) ?? positions[owner?.slider];
    for (const p of panels) {
      if (String(p.xlim) !== String(owner?.xlim)) p.point(NaN, "", value);
      else p.point(stops ? stops[i] : hovered.x, owner.slider && number(sliders[owner.slider].texts[i]), value);
    }
  };
  const stands = (p) => p.heights?.map((name) => sliders[name].values[positions[name]]) ?? [places(p)?.[positions[p.slider]]];
  const draw = () => {
    panels.forEach((p) => p.draw(at, value, stands(p)));
    cross();
  };
  const fit = () => {
    const widths = panels.map((p) => p.box.clientWidth); // all, before anything is changed
    panels.forEach((p, i) => p.fit(widths[i]));
    tabs?.show();
    draw();
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
      const told = `at most ${name} = ${sliders[name].texts[positions[name]]}: ${why}`;
      if (controls[i].limit.textContent !== told) controls[i].limit.replaceChildren(...words(told));
    });
    readouts.forEach((r, i) => { say(numbers[i], number(value(r))); });
    later();
  };

  for (const p of panels) {
    let held, start; // the slider that a drag moves, and where it stood
    const follow = (event) => {
      const { x, y } = p.under(event);
      hovered = { panel: p, x };
      if (held) move(held, p.heights ? nearest(held.values, y) : nearest(places(p), x));
      else later();
    };
    p.box.addEventListener("pointermove", follow);
    p.box.addEventListener("pointerleave", () => { hovered = undefined; later(); });
    if (!p.slider && !p.heights) continue;
    p.box.addEventListener("mousedown", (event) => event.preventDefault()); // which would take the focus
    p.box.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      held = sliders[p.slider ?? p.heights[nearest(places(p), p.under(event).x)]];
      start = positions[held.name];
      p.box.setPointerCapture(event.pointerId);
      controls[spec.sliders.indexOf(held)].input.focus({ preventScroll: true });
      players.forEach((made) => made.stop());
      follow(event);
    });
    p.box.addEventListener("pointerup", () => { held = undefined; });
    p.box.addEventListener("pointercancel", () => { // a finger that goes on to scroll the page
      if (held) move(held, start);
      held = hovered = undefined;
    });
  }
  controls.forEach((c, i) => {
    c.input.addEventListener("focus", () => { focused = spec.sliders[i].name; later(); });
    c.input.addEventListener("blur", () => { focused = undefined; later(); });
  });

  const events = spec.sliders.map((s) => `change:${s.name}`);
  events.forEach((event) => model.on(event, update));
  const resize = new ResizeObserver(fit);
  resize.observe(el);
  update();
  fit();
  return () => {
    events.forEach((event) => model.off(event, update));
    players.forEach((made) => made.stop());
    cancelAnimationFrame(frame);
    resize.disconnect();
  };
}

export default { render };
