// Where no page is: names the page whose name or title has most pairs of letters in common with the
// address that was asked for, and puts the words of that address into the search.

const words = (address) => decodeURIComponent(address).replace(/.*\/(?=.)|\.\w+$/g, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();

function alike(a, b) {
  const pairs = (text) => new Set([...text.toLowerCase()].map((letter, i, all) => letter + (all[i + 1] ?? "")));
  const [left, right] = [pairs(a), pairs(b)];
  return (2 * left.intersection(right).size) / (left.size + right.size);
}

const asked = words(location.pathname);
const found = [...document.querySelectorAll(".all-pages a")].map((link) => {
  const likeness = Math.max(alike(asked, words(link.pathname)), alike(asked, link.textContent));
  return { link, likeness };
}).reduce((best, next) => (next.likeness > best.likeness ? next : best));
if (found.likeness > 0.4) {
  const suggestion = document.querySelector("#closest");
  Object.assign(suggestion.querySelector("a"), { href: found.link.href, textContent: found.link.textContent });
  suggestion.hidden = false;
}
document.querySelector("#search-form input").value = asked.replace(/^\d+ /, "");
