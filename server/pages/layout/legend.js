// A legend under a figure with more than one line: it sorts by name or by last value, and a line that is pointed at or has the
// focus stands out while the others fade. It hides nothing.
import { number, dark } from './scale.js';
import { element, layer, path } from './overlay.js';

export function legend(live) {
  const holder = live.element.querySelector('.legend');
  if (!holder) return;
  holder.hidden = false;
  const list = holder.querySelector('ol'), sort = holder.querySelector('select');
  let raised = null; // the number of the line that stands out

  // fill writes the list; who looks at it keeps it as it is, unless it was they who asked.
  async function fill(asked) {
    const numbers = await live.read();
    if (!numbers || (!asked && list.matches(':focus-within, :hover'))) return;
    const lines = numbers.lines.map((line, i) => ({ line, i, last: live.knots(i).findLast(([, y]) => y !== null)?.[1] ?? null }));
    if (sort.value !== 'plan') lines.sort(sort.value === 'name' ? byName : byValue(sort.value));
    list.replaceChildren(...lines.map((entry) => item(entry, raise, lower)));
  }

  async function raise(i) {
    raised = i;
    const numbers = await live.read();
    if (!numbers || raised !== i) return; // another line stands out by now
    const line = numbers.lines[i];
    live.element.classList.add('faded');
    layer(live.element, 'raised', numbers).replaceChildren(element('path', {
      d: path(numbers, live.knots(i)), fill: 'none', stroke: dark() ? line.dark : line.color, 'stroke-width': 2.2, 'stroke-dasharray': (line.dash ?? []).join(' '),
    }));
  }

  function lower() {
    raised = null;
    live.element.classList.remove('faded');
    live.element.querySelector('svg.raised')?.replaceChildren();
  }

  holder.addEventListener('toggle', () => { if (holder.open) fill(); });
  sort.addEventListener('change', () => fill(true));
  live.changed.add(() => {
    if (raised !== null) raise(raised);
    if (holder.open) fill();
  });
  if (holder.open) fill();
}

const byName = (a, b) => a.line.name.localeCompare(b.line.name, undefined, { numeric: true });
const byValue = (order) => (a, b) => ((a.last ?? Infinity) - (b.last ?? Infinity)) * (order === 'low' ? 1 : -1);

function item({ line, i, last }, raise, lower) {
  const li = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  const swatch = element('svg', { viewBox: '0 0 18 10', class: 'swatch' });
  swatch.append(element('line', { x1: 0, x2: 18, y1: 5, y2: 5, stroke: dark() ? line.dark : line.color, 'stroke-width': 2.5, 'stroke-dasharray': (line.dash ?? []).join(' ') }));
  const n = line.least === line.most ? line.most : `${line.least}–${line.most}`;
  const value = document.createElement('span');
  value.className = 'n';
  value.textContent = last === null ? 'no points' : number(last);
  button.append(swatch, line.name, value, line.most > 1 ? ` n = ${n}` : '');
  for (const name of ['pointerenter', 'focus']) button.addEventListener(name, () => raise(i));
  for (const name of ['pointerleave', 'blur']) button.addEventListener(name, lower);
  li.append(button);
  return li;
}
