// Predictions: what follows a question is folded until the reader commits to an answer, asks to be
// shown, or comes there by a link or a search in the page. Answers are kept by the page alone.

const minus = (number) => String(number).replace("-", "\u2212");

// What was said and what is true, as nodes, in words that fit a sentence, a number, a "Yes": "You said: A.
// The answer: B." Nothing was said if it was asked for.
const TRUTHS = {
  item(form, { item }, asked) {
    const [said, right] = ["input:checked", `input[value="${item}"]`].map((which) => form.querySelector(which));
    right.closest("li").classList.add("predict-true");
    if (asked) return ["The answer: ", words(right), "."];
    return ["You said: ", words(said), ...(said === right ? [". That is right."] : [". The answer: ", words(right), "."])];
  },
  estimate(form, { estimate, within, text }, asked) {
    const { value, valueAsNumber } = form.querySelector("[type=number]");
    if (asked) return ["The answer: ", minus(text), "."];
    const close = Math.abs(valueAsNumber - estimate) <= within * (1 + 1e-9);
    return ["You said: ", minus(value), ". The answer: ", minus(text), close ? ", and yours is close enough." : "."];
  },
  curve(form, { curve }, asked) {
    const table = document.createElement("table");
    const rows = [[curve.over, curve.x], ["You said", drawn(form)], ["The answer", curve.y]];
    for (const [name, numbers] of asked ? [rows[0], rows[2]] : rows) {
      const row = table.insertRow(), head = row.appendChild(document.createElement("th"));
      head.scope = "row";
      head.append(name);
      for (const number of numbers) row.insertCell().append(minus(number));
    }
    return [table];
  },
};

// The words of a choice, formulas too, without a full stop.
function words(input) {
  const text = document.createElement("strong");
  text.append(...input.nextElementSibling.cloneNode(true).childNodes);
  let last = text;
  while (last.lastChild) last = last.lastChild; // a stop may be in one span with a formula
  if (last instanceof Text) last.data = last.data.replace(/\.\s*$/, "");
  return text;
}

const points = (form) => [...form.querySelectorAll("[type=range]")];
const drawn = (form) => points(form).map(({ value }) => Number(Number(value).toPrecision(3)));

// The reader's curve through the places of the sliders, and the true one once it may be seen.
const LEFT = 40, WIDTH = 320, BOTTOM = 160; // in a view of 320 by 200

function svg(name, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  node.append(...children);
  return node;
}

function plot(form, { of, over, x, y, low, high }) {
  const at = (i) => LEFT + ((i + 0.5) / x.length) * (WIDTH - LEFT);
  const up = (v) => 14 + ((high - v) / (high - low)) * (BOTTOM - 14);
  const focused = points(form).indexOf(document.activeElement);
  const line = (values, look) => svg("g", { class: look },
    svg("polyline", { points: values.map((v, i) => `${at(i)},${up(v)}`).join(" ") }),
    ...values.map((v, i) => svg("circle", { cx: at(i), cy: up(v), r: look === "said" && i === focused ? 9 : 5 })));
  const text = (words, cx, cy, anchor) => svg("text", { x: cx, y: cy, "text-anchor": anchor }, minus(words));
  const canvas = form.querySelector("svg");
  canvas.replaceChildren(
    ...[low, high].map((v) => svg("line", { x1: LEFT, x2: WIDTH, y1: up(v), y2: up(v) })),
    text(low, LEFT - 6, up(low) + 4, "end"), text(high, LEFT - 6, up(high) + 4, "end"),
    ...x.map((v, i) => text(v, at(i), BOTTOM + 18, "middle")),
    text(over, (LEFT + WIDTH) / 2, BOTTOM + 36, "middle"),
    svg("text", { transform: `translate(14,${BOTTOM / 2}) rotate(-90)`, "text-anchor": "middle" }, of),
    line(drawn(form), "said"), ...(form.matches(".predict-answered") ? [line(y.map(Number), "true")] : []));
  return { column: (px) => Math.floor(((px - LEFT) / (WIDTH - LEFT)) * x.length),
           value: (py) => Number(high) - ((py - 14) / (BOTTOM - 14)) * (high - low) };
}

// A curve is drawn with the pointer, or point by point with the keys of its sliders.
function letDraw(form, curve) {
  const canvas = form.querySelector("svg"), sliders = points(form);
  const draw = () => {
    form.dataset.drawn = "";
    plot(form, curve);
  };
  const follow = (event) => {
    if (!event.buttons || sliders[0].disabled) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse());
    const { column, value } = plot(form, curve);
    const slider = sliders[Math.min(Math.max(column(x), 0), sliders.length - 1)];
    slider.value = value(y);
    draw();
  };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); follow(event); });
  canvas.addEventListener("pointermove", follow);
  form.addEventListener("input", draw);
  for (const event of ["focusin", "focusout"]) form.addEventListener(event, () => plot(form, curve));
  plot(form, curve);
}

function prepare(form) {
  const answer = JSON.parse(form.dataset.answer), [kind] = Object.keys(answer);
  const fold = document.getElementById(form.dataset.reveals);
  const verdict = form.querySelector(".predict-verdict"), show = form.querySelector("[type=button]");
  const open = (asked) => {
    form.classList.add("predict-answered");
    verdict.replaceChildren(...TRUTHS[kind](form, answer, asked));
    for (const control of form.elements) control.disabled = true;
    if (kind === "curve") plot(form, answer.curve);
    fold.hidden = false;
    verdict.focus();
  };
  fold.hidden = "until-found";
  fold.dataset.ready = "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (kind === "curve" && !("drawn" in form.dataset)) verdict.textContent = "Draw a curve first, or ask to be shown.";
    else open(false);
  });
  show.addEventListener("click", () => open(true));
  fold.addEventListener("beforematch", () => { fold.hidden = false; });
  if (kind === "curve") letDraw(form, answer.curve);
}

for (const form of document.querySelectorAll(".predict-form")) prepare(form);

// A link into what is folded opens it, in browsers that do not do that by themselves too.
function reach() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const fold = target?.closest(".revealed");
  if (!fold?.hidden) return;
  fold.hidden = false;
  target.scrollIntoView();
}
addEventListener("hashchange", reach);
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("a[href]")?.hash === location.hash) reach();
});
reach();
