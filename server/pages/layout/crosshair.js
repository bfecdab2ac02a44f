// A crosshair on a figure: with the pointer, or with the arrow keys when the figure has the focus. A table beside it names every
// line with its value there, its interval and n.
import { across, at, down, number, dark } from './scale.js';
import { element, layer } from './overlay.js';

export function crosshair(live) {
  const plot = live.element.querySelector('.plot');
  const readout = document.createElement('div');
  readout.className = 'readout';
  readout.hidden = true;
  readout.setAttribute('role', 'status');
  plot.append(readout);
  plot.tabIndex = 0;
  plot.setAttribute('role', 'group');
  plot.setAttribute('aria-label', `${live.element.querySelector('img').alt}. Arrow keys read values, plus and minus zoom.`);
  let x = null, pointer = null, frame = 0, hidden = 0; // hidden: how often

  async function show(wanted) {
    const before = hidden, numbers = await live.read();
    if (!numbers?.frame || hidden !== before) return;
    const { frame } = numbers;
    x = nearest(live, wanted(numbers));
    if (x === null) return;
    const over = layer(live.element, 'cross', numbers);
    const left = across(numbers, x);
    const rows = numbers.lines.map((line, i) => ({ line, knot: knotAt(live.knots(i), x), color: dark() ? line.dark : line.color })).filter(({ knot }) => knot);
    over.replaceChildren(element('line', { x1: left, x2: left, y1: frame.top, y2: frame.top + frame.height, class: 'hair' }),
      ...rows.filter(({ knot }) => knot[1] !== null).map(({ knot, color }) => element('circle', { cx: left, cy: down(numbers, knot[1]), r: 2.6, fill: color })));
    write(readout, numbers, x, rows);
    beside(readout, left / numbers.width);
  }

  function hide() {
    hidden++;
    pointer = null;
    readout.hidden = true;
    live.element.querySelector('svg.cross')?.replaceChildren();
  }

  const follow = ({ clientX }) => {
    pointer = clientX;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (pointer === null) return; // it has left
      const { left, width } = plot.getBoundingClientRect(), share = (pointer - left) / width;
      show((numbers) => at(numbers, share * numbers.width));
    });
  };
  plot.addEventListener('pointermove', follow);
  plot.addEventListener('pointerdown', (event) => { if (event.pointerType === 'touch') follow(event); });
  plot.addEventListener('pointerleave', hide);
  plot.addEventListener('blur', hide);
  plot.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    show((numbers) => (x === null ? at(numbers, numbers.frame.left + numbers.frame.width / 2) : step(live, x, by)));
  });
}

// beside puts the table on the side with more room, so that it never covers the place that it tells of.
function beside(readout, share) {
  const left = share > 0.5;
  readout.classList.toggle('left', left);
  readout.style.maxWidth = `calc(${100 * (left ? share : 1 - share)}% - 1.5rem)`;
}

function nearest(live, wanted) {
  let best = null;
  for (const x of live.places()) if (best === null || Math.abs(x - wanted) < Math.abs(best - wanted)) best = x;
  return best;
}

function step(live, x, by) {
  const all = live.places();
  return all[Math.max(0, Math.min(all.length - 1, all.indexOf(x) + by))] ?? x;
}

// knotAt is a line's point at x, or the last one before it as long as the line goes on.
function knotAt(knots, x) {
  let found = null;
  for (const knot of knots) if (knot[0] <= x) found = knot;
  return found && knots.at(-1)[0] >= x ? found : null;
}

// The rows with the greatest values come first, as the lines lie; more than a dozen are counted.
const most = 12;

function write(readout, numbers, x, rows) {
  rows.sort((a, b) => (b.knot[1] ?? -Infinity) - (a.knot[1] ?? -Infinity));
  const table = document.createElement('table');
  const caption = table.createCaption();
  caption.textContent = `${numbers.x.label} ${number(x)}`;
  for (const { line, knot: [at, y, low, high, n], color } of rows.slice(0, most)) {
    const row = table.insertRow();
    const swatch = element('svg', { viewBox: '0 0 10 10', class: 'swatch' });
    swatch.append(element('rect', { width: 10, height: 10, fill: color }));
    row.insertCell().append(swatch);
    row.insertCell().textContent = line.name;
    row.insertCell().textContent = y === null ? '–' : String(y).length > 12 ? number(y) : String(y).replace('-', '−');
    row.insertCell().textContent = low === null ? '' : `${number(low)} … ${number(high)}`;
    row.insertCell().textContent = (n > 1 ? `n = ${n}` : '') + (at === x ? '' : ` at ${number(at)}`);
  }
  if (rows.length > most) table.insertRow().insertCell().textContent = `and ${rows.length - most} more`;
  readout.replaceChildren(table);
  readout.hidden = false;
}
