// Walks the grid of all heads: a click chooses a head; with the focus on the grid, arrows move from head to head as they are
// laid out, and the large map follows.
import { choice, go } from './walk.js';
import { point, say, stage } from './stage.js';

const name = ({ layer, head }) => `layer ${layer}, head ${head}`;

export function walkGrid(id) {
  const cursor = document.createElement('div');
  const state = stage(id, place);
  const { layer: grid, tip } = state;
  cursor.className = 'cursor';
  cursor.id = 'grid-cursor';
  cursor.setAttribute('role', 'option');
  cursor.setAttribute('aria-selected', 'true');
  grid.append(cursor);
  grid.tabIndex = 0;
  grid.setAttribute('role', 'listbox');
  grid.setAttribute('aria-label', 'All heads; arrows move, and the large map follows');
  grid.setAttribute('aria-activedescendant', cursor.id);
  document.addEventListener('walked', () => { if (state.data) place(state.data); });

  const chosen = ({ order }) => order.findIndex((head) => String(head.layer) === choice('layer') && String(head.head) === choice('head'));

  // place frames the chosen head.
  function place(data) {
    const at = chosen(data);
    cursor.hidden = at < 0;
    if (at < 0) return;
    const { frame, columns, order, pitch_x: x, pitch_y: y, side } = data;
    cursor.setAttribute('aria-label', name(order[at]));
    const share = (length, of) => `${(100 * length) / of}%`;
    Object.assign(cursor.style, { left: share((at % columns) * x, frame.width), top: share(Math.floor(at / columns) * y, frame.height), width: share(side, frame.width), height: share(side, frame.height) });
    grid.dataset.ready = `${order[at].layer},${order[at].head}`;
  }

  const choose = (head) => { if (head) go({ layer: String(head.layer), head: String(head.head) }); };
  const under = (event, { frame, columns, pitch_x, pitch_y }) => {
    const { x, y } = point(event, grid);
    return Math.floor((y * frame.height) / pitch_y) * columns + Math.floor((x * frame.width) / pitch_x);
  };
  state.on('click', (event, data) => choose(data.order[under(event, data)]));
  state.on('pointermove', (event, data) => {
    const at = under(event, data), head = data.order[at];
    if (!head) { tip.hidden = true; return; }
    const score = data.scores?.[at];
    say(tip, event, name(head) + (typeof score === 'number' ? `: ${score.toFixed(3)}` : ''));
  });
  grid.addEventListener('pointerleave', () => { tip.hidden = true; });
  state.on('keydown', (event, data) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -data.columns, ArrowDown: data.columns }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    choose(data.order[chosen(data) + by]);
  });
}
