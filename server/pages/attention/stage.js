// What lies over a figure on its stage: a layer that covers the picture, and a tip beside the pointer. Figures come and go with
// the regions that hold them; the layer stays, and is laid over the new picture.

// figureData fetches what a shown figure is drawn from; equal figures are fetched once.
const fetched = new Map();
function figureData(picture) {
  const address = new URL(picture.src);
  address.pathname = address.pathname.replace(/\.svg$/, '.json');
  address.searchParams.delete('theme');
  const key = address.href;
  if (!fetched.has(key)) {
    fetched.set(key, fetch(key).then((answer) => (answer.ok ? answer.json() : null)).catch(() => { fetched.delete(key); return null; }));
    if (fetched.size > 24) fetched.delete(fetched.keys().next().value);
  }
  return fetched.get(key);
}

// stage watches the figure in a region. fill(data, layer) is called with what each new figure is drawn from; data.frame is
// where the layer lies in the picture. on(kind, fn) has fn(event, data) called for events on the layer, while there is data.
export function stage(id, fill) {
  const region = document.getElementById(id);
  const layer = document.createElement('div');
  const tip = document.createElement('output');
  layer.className = 'overlay';
  tip.className = 'tip';
  tip.hidden = true;
  region.parentElement.append(layer, tip);
  const state = { data: null, layer, tip, on };

  function on(kind, fn) {
    layer.addEventListener(kind, (event) => { if (state.data) fn(event, state.data); });
  }

  function place() {
    const picture = region.querySelector('img');
    layer.hidden = !picture || !state.data?.frame;
    if (layer.hidden) return;
    const box = picture.getBoundingClientRect(), from = region.parentElement.getBoundingClientRect();
    const x = box.width / state.data.width, y = box.height / state.data.height, { left, top, width, height } = state.data.frame;
    Object.assign(layer.style, { left: `${box.left - from.left + left * x}px`, top: `${box.top - from.top + top * y}px`, width: `${width * x}px`, height: `${height * y}px` });
  }
  async function renew() {
    const picture = region.querySelector('img');
    tip.hidden = true;
    state.data = null;
    if (!picture) { place(); return; }
    const data = await figureData(picture);
    if (region.querySelector('img') !== picture) return;
    state.data = data;
    if (!picture.complete) picture.addEventListener('load', place, { once: true });
    place();
    if (data) fill(data, layer);
  }
  new MutationObserver(renew).observe(region, { childList: true, subtree: true, attributeFilter: ['src'] });
  new ResizeObserver(place).observe(region);
  renew();
  return state;
}

// point tells where in the frame a pointer is: 0 to 1 in both directions.
export function point(event, layer) {
  const box = layer.getBoundingClientRect();
  return { x: Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.999999), y: Math.min(Math.max((event.clientY - box.top) / box.height, 0), 0.999999) };
}

// say shows the tip beside the pointer, within the stage.
export function say(tip, event, text) {
  tip.textContent = text;
  tip.hidden = false;
  const from = tip.parentElement.getBoundingClientRect();
  const left = Math.min(event.clientX - from.left + 14, from.width - tip.offsetWidth);
  Object.assign(tip.style, { left: `${Math.max(left, 0)}px`, top: `${event.clientY - from.top + 18}px` });
}
