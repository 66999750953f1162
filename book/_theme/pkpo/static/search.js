// The search: every word of the question must be in a place's title or text. Places whose title has
// the question come first; each hit shows where its words stand.

const LIMIT = 40, AROUND = 90;
const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");

function score(title, text, question, terms) {
  const [inTitle, inText] = [plain(title), plain(text)];
  if (!terms.every((term) => inTitle.includes(term) || inText.includes(term))) return 0;
  const whole = (where) => where.includes(question);
  return 1 + 100 * (inTitle === question) + 50 * inTitle.startsWith(question) + 40 * whole(inTitle) + 10 * whole(inText)
    + terms.filter((term) => inTitle.includes(term)).length * 5;
}

// The words around the first place of the question, or of a term, with what was asked for marked.
function excerpt(text, question, terms) {
  const low = plain(text), wanted = low.includes(question) ? [question] : terms;
  const at = Math.max(0, low.indexOf(wanted.find((term) => low.includes(term)) ?? ""));
  const from = at > AROUND ? text.lastIndexOf(" ", at - AROUND) + 1 : 0;
  const part = text.slice(from, at + 2 * AROUND);
  const p = document.createElement("p");
  if (low.length !== text.length) { p.textContent = part; return p; }
  const lowPart = plain(part);
  for (let i = 0; i < part.length;) {
    const hits = wanted.map((term) => [lowPart.indexOf(term, i), term.length]).filter(([j]) => j >= 0);
    const [next, length] = hits.sort((a, b) => a[0] - b[0])[0] ?? [part.length, 0];
    p.append(part.slice(i, next));
    if (length) {
      const mark = document.createElement("mark");
      mark.textContent = part.slice(next, next + length);
      p.append(mark);
    }
    i = next + length || part.length;
  }
  return p;
}

function hit([page, anchor, title, text], pageTitle, question, terms) {
  const item = document.createElement("li"), link = document.createElement("a"), where = document.createElement("small");
  link.href = `${document.documentElement.dataset.content_root}${page}.html#${anchor}`;
  link.textContent = title;
  where.textContent = title === pageTitle ? "" : pageTitle;
  item.append(link, " ", where, excerpt(text, question, terms));
  return item;
}

function search(question) {
  const asked = plain(question.trim()), terms = asked.split(/\s+/).filter(Boolean);
  const titles = new Map(pkpoSections.toReversed().map(([page, , title]) => [page, title]));
  const found = terms.length ? pkpoSections.map((place) => [score(place[2], place[3], asked, terms), place]).filter(([s]) => s) : [];
  found.sort((a, b) => b[0] - a[0]);
  const list = document.createElement("ul");
  list.append(...found.slice(0, LIMIT).map(([, place]) => hit(place, titles.get(place[0]), asked, terms)));
  const status = found.length ? `${found.length} place${found.length > 1 ? "s" : ""}` : "Nothing found. Try a single word, or look into the glossary.";
  document.querySelector("#search-progress").textContent = terms.length ? status : "";
  document.querySelector("#search-results").replaceChildren(list);
}

const input = document.querySelector("#search-form input");
input.value = new URLSearchParams(location.search).get("q") ?? "";
input.addEventListener("input", () => search(input.value));
search(input.value);
if (!input.value) input.focus();
