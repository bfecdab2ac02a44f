// Shows a figure another way, without leaving the page: the page's address says how each figure is shown, and the server draws
// it. Back and forward go through the ways that were shown. Without this script a form loads the page anew.
import { enliven } from './figure.js';

// show brings the page to an address, of which one figure is another.
export async function show(id, address) {
  history.pushState(null, '', address);
  shown = location.search;
  await replace(id);
}

let shown = location.search;

// replace fetches the page as its address says, and takes the figure from it. Where that fails, the page is loaded.
async function replace(id) {
  const old = document.getElementById(id), wanted = location.href;
  old.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(wanted, { headers: { Accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = document.adoptNode(page.getElementById(id));
    await decoded(fresh);
    if (location.href === wanted) put(document.getElementById(id), fresh); // its region may have come anew meanwhile
  } catch {
    location.assign(wanted);
  }
}

// decoded waits until the picture is there, so that nothing flickers.
async function decoded(figure) {
  const image = figure.querySelector('img');
  if (!image) return;
  const ahead = new Image();
  const source = figure.querySelector('source');
  ahead.src = source && matchMedia(source.media).matches ? source.srcset : image.src;
  await ahead.decode().catch(() => {});
}

// put takes the place of a figure, and keeps what is open and where the focus was.
function put(old, fresh) {
  const open = [...old.querySelectorAll('details')].map((part) => part.open);
  const focus = old.contains(document.activeElement) ? ['name', 'class'].map((by) => document.activeElement.getAttribute(by)) : null;
  old.live?.end();
  old.replaceWith(fresh);
  fresh.querySelectorAll('details').forEach((part, i) => { part.open ||= Boolean(open[i]); });
  enliven(fresh.parentElement);
  listen(fresh);
  if (focus) (focus[0] ? fresh.querySelector(`[name="${CSS.escape(focus[0])}"]`) : fresh.querySelector('.plot'))?.focus({ preventScroll: true });
}

// listen lets the figure's form show its choices in place.
export function listen(figure) {
  const form = figure.querySelector('.view form');
  const apply = (query) => {
    const address = new URL(location.href);
    address.search = query;
    address.hash = '';
    show(figure.id, address);
  };
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (value === '' && name.startsWith(`${figure.id}.`)) query.delete(name);
    apply(query);
  });
  for (const choice of form?.querySelectorAll('select') ?? []) choice.addEventListener('change', () => form.requestSubmit());
  form?.querySelector('a')?.addEventListener('click', (event) => {
    event.preventDefault();
    apply(new URL(event.target.href).search);
  });
}

for (const figure of document.querySelectorAll('figure.figure')) listen(figure);
addEventListener('popstate', () => {
  if (location.search === shown) return; // only the place in the page is another
  shown = location.search;
  for (const figure of document.querySelectorAll('figure[data-key]')) replace(figure.id);
});
