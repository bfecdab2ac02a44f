// The page of runs: without this script it is a page of a hundred runs with links and forms; with it the list is whole, the
// filter completes itself, and what changes in the store is seen.
import { bind } from '../layout/keys.js';
import * as live from '../layout/live.js';
import { arrange, search, stick } from './arrange.js';
import { Choice } from './choose.js';
import { field } from './field.js';
import { List } from './list.js';

const soon = 1000, later = 3000; // milliseconds before a look at what changed: at a run, or at mere values

const where = document.getElementById('where');
if (where) field(where, document.getElementById('checked'));
for (const input of document.querySelectorAll('[data-finds]')) search(input);
const columns = document.getElementById('columns');
if (columns) bind('c', 'columns', () => { columns.open = true; columns.querySelector('[type=search]').focus(); });

const box = document.querySelector('#list[data-rows-from]');
if (box) start();

function start() {
  stick(box);
  arrange(box);
  const choice = new Choice(document.getElementById('bulk'));
  const list = new List(box, { adopt: (row) => choice.adopt(row), changed: () => choice.mark() });
  choice.listen(list);
  document.querySelector('.part')?.remove();
  const count = document.getElementById('count');
  let timer = 0, due = Infinity;
  live.onNews?.((message) => {
    const events = message.events ?? [];
    let pause = Infinity;
    if (events.length > 0 && 'moves' in box.dataset) pause = later;
    if (message.reset || events.some((event) => event.kind !== 'points')) pause = soon;
    if (performance.now() + pause >= due || pause === Infinity) return;
    due = performance.now() + pause;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (document.hidden) await new Promise((seen) => document.addEventListener('visibilitychange', seen, { once: true }));
      due = Infinity;
      await list.refresh().catch(() => {}); // the server is away; the next news tries again
      count.textContent = `${list.total.toLocaleString('en')} ${list.total === 1 ? 'run' : 'runs'}`;
    }, pause);
  });
}
