// Zooms into a part of the axis: drag over it, or plus and minus when the figure has the focus; a double click or Escape shows
// all again. The window goes into the page's address, and the figure is drawn anew from every point within.
import { across, at } from './scale.js';
import { element, layer } from './overlay.js';
import { show } from './view.js';

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
  const clear = () => {
    from = to = null;
    if (place()) layer(figure, 'window', place()).replaceChildren();
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
    const [a, b] = [Math.min(from, to), Math.max(from, to)];
    const wide = across(place(), b) - across(place(), a) > 4;
    clear();
    if (wide) go(figure, a, b);
  });
  plot.addEventListener('pointercancel', clear);
  plot.addEventListener('dblclick', () => go(figure));
  plot.addEventListener('keydown', (event) => {
    const p = place();
    if (!p?.frame || event.ctrlKey || event.metaKey || event.altKey) return;
    const half = (share) => [at(p, p.frame.left + p.frame.width * (0.5 - share)), at(p, p.frame.left + p.frame.width * (0.5 + share))];
    if (event.key === '+') go(figure, ...half(0.25));
    else if (event.key === '-' && windowed(figure)) go(figure, ...half(1));
    else if (event.key === 'Escape' && from !== null) clear();
    else if (event.key === 'Escape' && windowed(figure)) go(figure);
  });
}

function windowed(figure) {
  const query = new URLSearchParams(location.search);
  return query.has(`${figure.id}.from`) || query.has(`${figure.id}.to`);
}

// go shows another window of the figure; without one, all.
function go(figure, from, to) {
  const address = new URL(location.href);
  for (const [name, v] of [['from', from], ['to', to]]) {
    if (v === undefined) address.searchParams.delete(`${figure.id}.${name}`);
    else address.searchParams.set(`${figure.id}.${name}`, Number(v.toPrecision(6)));
  }
  if (address.search !== location.search) show(figure.id, address);
}
