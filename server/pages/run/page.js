// Finds metrics while their names are written: figures whose names lack the text are hidden, groups with a match are opened.
// Metrics that are recorded for the first time while the page is open are told of.
import '/assets/layout/copy.js';
import { waits } from '/assets/layout/waits.js';

const form = document.getElementById('series-search'), field = form.elements.q;
const total = document.getElementById('series-found'), fresh = document.getElementById('series-new');
const metrics = [...document.querySelectorAll('.metric')], groups = [...document.querySelectorAll('details.group')];
const count = () => Number(/\d+/.exec(total.textContent)?.[0] ?? 0);
const before = count();

function find() {
  const text = field.value.trim().toLowerCase();
  for (const metric of metrics) metric.hidden = !metric.dataset.name.toLowerCase().includes(text);
  for (const group of groups) {
    const some = Boolean(group.querySelector('.metric:not([hidden])'));
    group.hidden = !some;
    if (text && some) group.open = true;
  }
  const address = new URL(location.href);
  if (text) address.searchParams.set('q', field.value.trim());
  else address.searchParams.delete('q');
  history.replaceState(null, '', address);
}

// Only a page that has all figures can find among them; on others the form asks the server.
if (!field.value && metrics.length) {
  field.addEventListener('input', find);
  form.addEventListener('submit', (event) => { event.preventDefault(); find(); });
}
new MutationObserver(() => {
  const more = count() - before;
  fresh.hidden = more <= 0;
  fresh.textContent = `${more} new: show`;
}).observe(total, { childList: true, characterData: true, subtree: true });
waits();
