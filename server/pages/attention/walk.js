// Goes from one view of the page to another without loading it: fetches the page's regions at its new address, and exchanges
// them when their pictures have arrived. The views next to the one that is shown are fetched ahead, so that walking is instant.
const form = document.getElementById('attention-form');
const kept = 60; // views in memory
const fresh = 30_000; // milliseconds that a view may have been there
const patience = 1500; // milliseconds to wait for pictures
const views = new Map(); // address -> { at, regions: Promise<{id: {html, digest}}> }
let last = 0; // number of the newest walk
let shown = new URLSearchParams(location.search);

// control is the form's own for a name; buttons elsewhere may have it too.
export const control = (name) => form.querySelector(`[name="${name}"]`);

// choice is what the form says of a name, '' where it says nothing.
export const choice = (name) => new FormData(form).get(name) ?? '';

// steps are those that are captured.
export const steps = () => [...control('step').options].map((option) => option.value);

// view is the address of what the form shows with some changes; an empty value leaves a name out.
function view(changes) {
  const next = new URLSearchParams();
  const all = { curve: shown.get('curve'), rows: shown.get('rows'), ...Object.fromEntries(new FormData(form)), ...changes };
  for (const [name, value] of Object.entries(all)) if (value && !(name === 'against' && value === '0')) next.set(name, value);
  return next;
}

// go shows another view; whole says that the changes are all of it. It is true when the view is shown.
export async function go(changes, whole = false) {
  const walk = ++last;
  const next = whole ? new URLSearchParams(changes) : view(changes);
  const address = '?' + next;
  const regions = await load(address).catch(() => null);
  if (walk !== last) return false;
  if (!regions) { location.search = address; return false; } // the browser says why
  await Promise.race([pictures(regions), new Promise((later) => setTimeout(later, patience))]);
  if (walk !== last) return false;
  shown = next;
  if (location.search !== address) history.replaceState(null, '', address);
  show(regions);
  document.dispatchEvent(new CustomEvent('walked'));
  ahead(walk);
  return true;
}

function load(address) {
  const known = views.get(address);
  if (known && performance.now() - known.at < fresh) return known.regions;
  const regions = fetch(location.pathname + address, { headers: { 'Inkstone-Have': 'none' } }).then(async (answer) => {
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()).regions;
  });
  regions.catch(() => views.delete(address));
  views.delete(address);
  views.set(address, { at: performance.now(), regions });
  if (views.size > kept) views.delete(views.keys().next().value);
  return regions;
}

// pictures waits for those of regions that are not shown yet, as this browser will choose them.
function pictures(regions) {
  const page = document.createElement('template');
  page.innerHTML = ['grid', 'head', 'query'].map((id) => regions[id]?.html ?? '').join('');
  return Promise.allSettled([...page.content.querySelectorAll('picture')].map((picture) => {
    const image = new Image();
    const source = [...picture.querySelectorAll('source')].find((s) => !s.media || matchMedia(s.media).matches);
    image.src = source ? source.getAttribute('srcset') : picture.querySelector('img').getAttribute('src');
    return image.decode();
  }));
}

// show exchanges what differs, and makes the form say what is shown; the focus stays on the control that has it.
function show(regions) {
  const { name, value, localName, id } = document.activeElement;
  for (const [of, { html, digest }] of Object.entries(regions)) {
    const region = document.getElementById(of);
    if (!region || region.dataset.live === digest) continue;
    region.innerHTML = html;
    region.dataset.live = digest;
  }
  control('query').max = String(document.querySelectorAll('#text button').length - 1);
  for (const field of form.querySelectorAll('[name]')) follow(field);
  const same = (e) => e.localName === localName && (localName !== 'button' || e.value === value);
  const again = name ? [...document.getElementsByName(name)].find(same) : id && document.getElementById(id);
  if (again && document.activeElement === document.body) again.focus({ preventScroll: true });
  document.getElementById('reading').textContent = document.querySelector('#head figure img')?.alt ?? '';
}

// follow makes a control say what the address does. What keeps fields over changes of their region hears of it.
function follow(field) {
  const value = shown.get(field.name);
  if (field.type === 'checkbox') field.checked = value === '1';
  else if (value !== null || ['against', 'sort', 'mode'].includes(field.name)) field.value = value ?? (field.name === 'against' ? '0' : '');
  queueMicrotask(() => field.dispatchEvent(new Event('input', { bubbles: true })));
}

// ahead fetches the views that the next key would show, one after the other, until another walk begins.
async function ahead(walk) {
  for (const by of [1, -1]) {
    for (const name of ['step', 'layer', 'head', 'query']) {
      const field = control(name);
      const to = field.options ? field.options[field.selectedIndex + by]?.value : String(Number(field.value) + by);
      if (to === undefined || (!field.options && (Number(to) < 0 || Number(to) > Number(field.max)))) continue;
      if (walk !== last || document.hidden) return;
      await load('?' + view({ [name]: to })).then(pictures).catch(() => {});
    }
  }
}
