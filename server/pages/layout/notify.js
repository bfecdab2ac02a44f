// Tells a reader who asked for it that an experiment ended, that a trial failed or was lost, or that a rule ended one, also
// while the page is hidden. What is known is kept for all pages of this browser, so that each thing is told once.
import { onNews } from './live.js';

const wanted = 'inkstone-notify', knownKey = 'inkstone-known';
const hiddenPause = 30_000, soon = 1_000, forgotten = 600_000; // milliseconds
const button = document.getElementById('notify');
let due = 0;

const on = () => localStorage.getItem(wanted) === '1' && Notification.permission === 'granted';

// happenings are what has been told or need not be, by a name that stays the same.
function happenings(experiments) {
  const all = {};
  for (const { name, state, counts, trials, troubles = [], rules = [] } of experiments) {
    if (!['running', 'stopping', 'planned'].includes(state)) {
      all[`${name} ${state} ${counts.finished ?? 0}`] = { title: `${name}: ${state}`, body: `${counts.finished ?? 0} of ${trials} trials finished`, address: `/experiments/${encodeURIComponent(name)}` };
    }
    for (const t of [...troubles, ...rules]) {
      all[`${t.run} ${t.status}`] = { title: `${name}: ${t.variant}, seed ${t.seed} ${t.status}`, body: t.error, address: `/runs/${t.run}` };
    }
  }
  return all;
}

async function look() {
  if (!on()) return;
  const answer = await fetch('/', { headers: { Accept: 'application/json' } }).catch(() => null);
  if (!answer?.ok) return;
  const now = happenings((await answer.json()).experiments);
  const before = JSON.parse(localStorage.getItem(knownKey) ?? 'null');
  localStorage.setItem(knownKey, JSON.stringify({ at: Date.now(), names: Object.keys(now) }));
  if (!before || Date.now() - before.at > forgotten) return;
  for (const [name, what] of Object.entries(now)) if (!before.names.includes(name)) tell(name, what);
}

function tell(tag, { title, body, address }) {
  const shown = new Notification(title, { body, tag });
  shown.onclick = () => { window.focus(); location.assign(address); };
}

function show() {
  button.setAttribute('aria-pressed', String(on()));
  button.title = on() ? 'You are told when an experiment ends or a trial fails; press to be left in peace' : 'Tell me when an experiment ends or a trial fails';
}

if ('Notification' in window && Notification.permission !== 'denied') {
  button.hidden = false;
  button.addEventListener('click', async () => {
    if (on()) localStorage.removeItem(wanted);
    else if (await Notification.requestPermission() === 'granted') localStorage.setItem(wanted, '1');
    localStorage.removeItem(knownKey);
    show();
    look();
  });
  show();
  look();
  onNews(({ events = [] }) => {
    if (!events.some(({ kind }) => kind === 'run')) return;
    clearTimeout(due);
    due = setTimeout(look, soon);
  });
  setInterval(() => { if (document.hidden) look(); }, hiddenPause);
}
