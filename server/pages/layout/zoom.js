// Zooms into a part of the axis: drag over it, or plus and minus when the figure has the focus; a double click or Escape shows
// all again. The window goes into the page's address, and the figure is drawn anew from every point within.
import { across, at } from './scale.js';
import { element, layer } from './overlay.js';

export function zoom(live) {
  const { element: figure } = live;
  const plot = figure.querySelector('.plot');
  let from = null, to = null;

  const place = () => live.numbers ?? live.place;
  const valueOf = (event) => {
    const box = plot.getBoundingClientRect(), p = place();
    const left = (event.clientX - box.left) / box.width * p.width;
    return at(p, Math.max(p.frame.left, Math.min(p.frame.left + p.frame.width, left)));
  };

  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !place()?.frame || event.pointerType === 'touch') return;
    from = to = valueOf(event);
    plot.setPointerCapture(event.pointerId);
    event.preventDefault();
    plot.focus({ preventScroll: true });
  });
  plot.addEventListener('pointermove', (event) => {
    if (from === null) return;
    to = valueOf(event);
    const [a, b] = [across(place(), from), across(place(), to)].sort((x, y) => x - y);
    const { frame } = place();
    layer(figure, 'window', place()).replaceChildren(element('rect', { x: a, y: frame.top, width: b - a, height: frame.height, class: 'window' }));
  });
  plot.addEventListener('pointerup', () => {
    if (from === null) return;
    const p = place();
    const wide = Math.abs(across(p, to) - across(p, from)) > 4;
    layer(figure, 'window', p).replaceChildren();
    const [a, b] = [Math.min(from, to), Math.max(from, to)];
    from = to = null;
    if (wide) go(figure, a, b);
  });
  plot.addEventListener('dblclick', () => go(figure));
  plot.addEventListener('keydown', (event) => {
    const p = place();
    if (!p?.frame) return;
    const middle = at(p, p.frame.left + p.frame.width / 2);
    const half = (share) => [at(p, p.frame.left + p.frame.width * (0.5 - share)), at(p, p.frame.left + p.frame.width * (0.5 + share))];
    if (event.key === '+' && Number.isFinite(middle)) go(figure, ...half(0.25));
    else if (event.key === '-' && windowed(figure)) go(figure, ...half(1));
    else if (event.key === 'Escape' && windowed(figure)) go(figure);
  });
}

function windowed(figure) {
  const query = new URLSearchParams(location.search);
  return query.has(`${figure.id}.from`) || query.has(`${figure.id}.to`);
}

// go opens the page with another window of the figure; without one it shows all.
function go(figure, from, to) {
  const address = new URL(location.href);
  for (const [name, v] of [['from', from], ['to', to]]) {
    if (v === undefined) address.searchParams.delete(`${figure.id}.${name}`);
    else address.searchParams.set(`${figure.id}.${name}`, Number(v.toPrecision(6)));
  }
  address.hash = figure.id;
  if (address.href === location.href) return;
  location.assign(address);
}
