// Goes from one view of the page to another without loading it: fetches the page at its new address, and exchanges its regions
// when their pictures have arrived. The views next to the one that is shown are fetched ahead, so that walking is instant.
const form = document.getElementById('attention-form');
const kept = 60; // views in memory
const fresh = 30_000; // milliseconds that a view may have been there
const views = new Map(); // address -> { at, page: Promise<Document> }
let last = 0; // number of the newest walk
let params = new URLSearchParams(location.search);

// choice is what the form says of a name, '' where it says nothing.
export const choice = (name) => new FormData(form).get(name) ?? '';

// control is the form's own for a name; buttons elsewhere may have it too.
export const control = (name) => form.querySelector(`[name="${name}"]`);

// steps are those that are captured.
export const steps = () => [...control('step').options].map((option) => option.value);

// view is the address of what the form shows with some changes; an empty value leaves a name out.
function view(changes) {
  const next = new URLSearchParams();
  const all = { curve: params.get('curve'), rows: params.get('rows'), ...Object.fromEntries(new FormData(form)), ...changes };
  for (const [name, value] of Object.entries(all)) if (value && !(name === 'against' && value === '0')) next.set(name, value);
  return next;
}

// go shows another view. whole says that changes are all of it.
export async function go(changes, whole = false) {
  const walk = ++last;
  const next = whole ? new URLSearchParams(changes) : view(changes);
  const address = '?' + next;
  const page = await load(address).catch(() => null);
  if (walk !== last) return false;
  if (!page) { location.search = address; return false; } // the server is away: the browser says so
  await Promise.race([pictures(page), new Promise((later) => setTimeout(later, 1500))]);
  if (walk !== last) return false;
  params = next;
  if (location.search !== address) history.replaceState(null, '', address);
  show(page);
  document.dispatchEvent(new CustomEvent('walked'));
  ahead(walk);
  return true;
}

function load(address) {
  const known = views.get(address);
  if (known && performance.now() - known.at < fresh) return known.page;
  const page = fetch(location.pathname + address, { headers: { Accept: 'text/html' } }).then(async (answer) => {
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return new DOMParser().parseFromString(text, 'text/html');
  });
  page.catch(() => views.delete(address));
  views.delete(address);
  views.set(address, { at: performance.now(), page });
  if (views.size > kept) views.delete(views.keys().next().value);
  return page;
}

// pictures waits for those of a page that is not shown yet, as this browser would choose them.
function pictures(page) {
  return Promise.allSettled([...page.querySelectorAll('#grid picture, #head picture, #query picture')].map((picture) => {
    const image = new Image();
    const source = [...picture.querySelectorAll('source')].find((s) => !s.media || matchMedia(s.media).matches);
    image.src = source ? source.getAttribute('srcset') : picture.querySelector('img').getAttribute('src');
    return image.decode();
  }));
}

// show exchanges what differs; the focus stays on the control that has it.
function show(page) {
  const focused = document.activeElement;
  const again = focused?.name && focused.closest('[data-live]') ? focused : null;
  for (const old of document.querySelectorAll('[data-live]')) {
    const now = page.getElementById(old.id);
    if (now && now.innerHTML !== old.innerHTML) old.replaceChildren(...document.adoptNode(now.cloneNode(true)).childNodes);
  }
  for (const field of page.querySelectorAll('#attention-form [name]')) follow(control(field.name), field);
  if (again) find(again)?.focus({ preventScroll: true });
  else if (focused?.id && focused !== document.activeElement) document.getElementById(focused.id)?.focus({ preventScroll: true });
  document.getElementById('reading').textContent = document.querySelector('#head figcaption')?.firstChild.textContent.trim() ?? '';
}

const find = ({ name, value, localName }) => [...document.getElementsByName(name)].find((e) => e.localName === localName && (localName !== 'button' || e.value === value));

// follow makes a control say what the fetched one says.
function follow(field, now) {
  if (!field || field === document.activeElement && field.localName !== 'select') return;
  if (now.localName === 'select' && field.innerHTML !== now.innerHTML) field.innerHTML = now.innerHTML;
  if (now.type === 'checkbox') field.checked = now.checked;
  else field.value = now.value;
  if (now.max) field.max = now.max;
}

// ahead fetches the views that the next key would show, one after the other, until another walk begins.
async function ahead(walk) {
  const near = [];
  for (const by of [1, -1]) {
    for (const name of ['step', 'layer', 'head', 'query']) {
      const field = control(name);
      const to = field.options ? field.options[field.selectedIndex + by]?.value : String(Number(field.value) + by);
      if (to !== undefined && (field.options || (Number(to) >= 0 && Number(to) <= Number(field.max)))) near.push({ [name]: to });
    }
  }
  for (const changes of near) {
    if (walk !== last || document.hidden) return;
    await load('?' + view(changes)).then(pictures).catch(() => {});
  }
}
