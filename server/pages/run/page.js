// Finds metrics while their names are written: figures whose names lack the text are hidden, groups with a match are opened.
import '/assets/layout/copy.js';

const form = document.getElementById('series-search');
const field = form.elements.q, found = document.getElementById('series-found');
const metrics = [...document.querySelectorAll('.metric')], groups = [...document.querySelectorAll('details.group')];
const wholly = found.innerHTML;

function find() {
  const text = field.value.trim().toLowerCase();
  let shown = 0;
  for (const metric of metrics) {
    metric.hidden = !metric.dataset.name.toLowerCase().includes(text);
    if (!metric.hidden) shown++;
  }
  for (const group of groups) {
    const some = Boolean(group.querySelector('.metric:not([hidden])'));
    group.hidden = !some;
    if (text && some) group.open = true;
  }
  if (text) found.textContent = `${shown} of ${metrics.length} metrics`;
  else found.innerHTML = wholly;
}

// Only a page that has all figures can find among them; on others the form asks the server.
if (!field.value && metrics.length) {
  field.addEventListener('input', () => {
    find();
    const address = new URL(location.href);
    if (field.value.trim()) address.searchParams.set('q', field.value.trim());
    else address.searchParams.delete('q');
    history.replaceState(null, '', address);
  });
  form.addEventListener('submit', (event) => { event.preventDefault(); find(); });
}
