// Finds letters in order in a text: "cob3" fits "copying/baseline/3". Letters that follow one another or begin a word count
// more, and a short text is better than a long one.
const begins = /[^\p{L}\p{N}]/u;

// score is 0 where the letters are not all there in order.
export function score(letters, text) {
  const low = text.toLowerCase();
  let from = 0, sum = 1, before = -2;
  for (const letter of letters.toLowerCase()) {
    const at = low.indexOf(letter, from);
    if (at < 0) return 0;
    sum += at === before + 1 ? 4 : at === 0 || begins.test(low[at - 1]) ? 3 : 1;
    before = at;
    from = at + 1;
  }
  if (low.includes(letters.toLowerCase())) sum += 2 * letters.length;
  return sum - low.length / 1000;
}

// rank keeps what has every word, the best first; equals stay in their order.
export function rank(query, items) {
  const words = query.split(/[\s/]+/).filter(Boolean);
  const fit = ({ label, detail }) => {
    const parts = words.map((word) => score(word, `${label} ${detail ?? ''}`));
    return parts.every((part) => part > 0) ? parts.reduce((a, b) => a + b, 1) : 0;
  };
  return items.map((item) => ({ item, s: fit(item) })).filter(({ s }) => s > 0).sort((a, b) => b.s - a.s).map(({ item }) => item);
}
