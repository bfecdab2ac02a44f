// The palette: one field that leads anywhere. Pages, metrics of this page and what can be done here come from the page itself;
// experiments and runs from the server. The best match of the letters stands first.
import { list } from './keys.js';
import { rank } from './fuzzy.js';

const most = 12;
let dialog, field, options, shown = [], at = 0, asked;

// local is what this page itself offers.
function local() {
  const places = [...document.querySelectorAll('nav.places a')].map((a) => ({ kind: 'page', label: a.textContent, address: a.href }));
  const sections = [...document.querySelectorAll('main h2[id]')].map((h) => ({ kind: 'section', label: h.textContent, address: `#${h.id}` }));
  const metrics = [...(document.querySelector('select[name=metric]')?.options ?? [])].map((o) => ({ kind: 'metric', label: o.value, act: () => show(o) }));
  const actions = [...document.querySelectorAll('[data-action]')].map((b) => ({ kind: 'action', label: b.dataset.action, act: () => press(b) }));
  const keys = list().filter(({ key, scope }) => !scope && !/^([jk]|g .|Ctrl-k)$/.test(key)).map(({ key, label, fn }) => ({ kind: 'action', label, detail: key, act: () => fn() }));
  return [...places, ...actions, ...metrics, ...sections, ...keys];
}

// press does what a button does; one that is folded away is only shown, since what is folded asks whether it is meant.
function press(button) {
  const folded = button.closest('details:not([open])');
  if (!folded) { button.click(); return; }
  folded.open = true;
  button.focus();
}

function show(option) {
  option.selected = true;
  option.closest('select').dispatchEvent(new Event('change', { bubbles: true }));
}

async function remote(query) {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`/api/palette?${new URLSearchParams({ q: query })}`, { signal: asked.signal });
    return answer.ok ? (await answer.json()).items : [];
  } catch {
    return []; // another letter was typed, or the server is away: what the page has is still offered
  }
}

async function search() {
  const query = field.value.trim();
  const here = local(), first = here.filter(({ kind }) => kind === 'page'), rest = here.filter(({ kind }) => kind !== 'page');
  draw(rank(query, here));
  const found = await remote(query);
  if (field.value.trim() === query) draw(rank(query, [...first, ...found, ...rest]), at && shown[at]);
}

// draw shows what fits, with the first marked or what the reader has walked to.
function draw(items, marked) {
  shown = items.slice(0, most);
  at = Math.max(0, shown.indexOf(marked));
  options.replaceChildren(...shown.map((item, i) => {
    const row = Object.assign(document.createElement('li'), { id: `palette-${i}`, role: 'option' });
    for (const part of ['label', 'detail', 'kind']) {
      row.append(Object.assign(document.createElement('span'), { className: part, textContent: item[part] ?? '' }));
    }
    row.addEventListener('click', () => choose(i));
    return row;
  }));
  dialog.querySelector('.none').hidden = shown.length > 0;
  mark();
}

function mark() {
  [...options.children].forEach((row, i) => row.setAttribute('aria-selected', String(i === at)));
  options.children[at]?.scrollIntoView({ block: 'nearest' });
  if (shown.length) field.setAttribute('aria-activedescendant', `palette-${at}`);
  else field.removeAttribute('aria-activedescendant');
}

function choose(i) {
  const item = shown[i];
  if (!item) return;
  dialog.close();
  if (item.act) item.act();
  else location.assign(item.address);
}

function walk(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
  if (by && shown.length) { at = (at + by + shown.length) % shown.length; mark(); event.preventDefault(); }
  if (event.key === 'Enter') { // when the key is up: what gets the focus must not be pressed by it
    event.preventDefault();
    field.addEventListener('keyup', () => choose(at), { once: true });
  }
}

function build() {
  dialog = document.createElement('dialog');
  dialog.className = 'palette';
  dialog.setAttribute('aria-label', 'Jump to');
  dialog.innerHTML = `<input type="text" role="combobox" aria-label="Experiment, run, page, metric or action" aria-expanded="true" aria-controls="palette-options"
    aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Experiment, run, page, metric, action">
    <ul id="palette-options" role="listbox" aria-label="Matches"></ul><p class="none dim" role="status" hidden>Nothing fits; fewer letters find more.</p>`;
  field = dialog.querySelector('input');
  options = dialog.querySelector('ul');
  field.addEventListener('input', search);
  field.addEventListener('keydown', walk);
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
}

export function palette() {
  if (!dialog) build();
  if (dialog.open) return;
  field.value = '';
  dialog.showModal();
  search();
}
