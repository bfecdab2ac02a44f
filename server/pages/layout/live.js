// Keeps a page alive: hears over a websocket what changed in the store, and fetches this page's live regions and figures
// again. A hidden page waits until it is seen. Without this script the page is whole, and only still.
const { page, experiment, run, version } = document.body.dataset;
const connection = document.getElementById('connection');
const pause = 500; // least milliseconds between two refreshes
let seen = Number(version ?? 0);
let dirty = false, busy = false, last = 0, tries = 0, ended = false;

const hearers = [];
export const onNews = (fn) => hearers.push(fn);

function concerns(event) {
  return page === 'home' || event.experiment === experiment || (run && event.run === run);
}

function listen() {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/live?after=${seen}`);
  socket.onopen = () => { tries = 0; ended = false; connection.textContent = 'live'; refresh(); };
  socket.onmessage = async ({ data }) => {
    const message = JSON.parse(data);
    seen = message.version;
    for (const fn of hearers) fn(message);
    dirty ||= message.reset || (message.events ?? []).some(concerns);
    if (!message.ended) { refresh(); return; }
    ended = true; // the last state is fetched now or never; the server waits until this page has gone
    while (busy || dirty) await (busy ? new Promise((later) => setTimeout(later, 20)) : fetchAgain());
    socket.close();
  };
  socket.onclose = () => {
    connection.textContent = ended ? 'ended; `inkstone serve` shows the store again' : 'not connected; trying again';
    setTimeout(listen, Math.min(10000, 500 * 2 ** tries++));
  };
}

async function refresh() {
  if (!dirty || busy || document.hidden) return;
  const wait = last + pause - performance.now();
  if (wait > 0) { busy = true; setTimeout(() => { busy = false; refresh(); }, wait); return; }
  if (await fetchAgain()) refresh();
}

// fetchAgain brings the page up to date. It is false where the server is away: the next connection tries again.
async function fetchAgain() {
  busy = true;
  dirty = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      replaceRegions(fresh);
      await Promise.all([...document.querySelectorAll('picture[data-figure]')].map((old) => replaceFigure(old, fresh)));
      document.body.dataset.refreshed = String(Number(document.body.dataset.refreshed ?? 0) + 1);
    }
    return true;
  } catch {
    dirty = !ended;
    return false;
  } finally {
    busy = false;
    last = performance.now();
  }
}

function replaceRegions(fresh) {
  for (const old of document.querySelectorAll('[data-live]')) {
    const now = fresh.getElementById(old.id);
    if (now && now.innerHTML !== old.innerHTML) {
      const log = old.querySelector('.log');
      const atEnd = !log || log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
      const top = log?.scrollTop;
      old.innerHTML = now.innerHTML;
      const next = old.querySelector('.log');
      if (next) next.scrollTop = atEnd ? next.scrollHeight : top;
    }
  }
}

// A figure is swapped when the new one has arrived, so that nothing flickers.
async function replaceFigure(old, fresh) {
  const now = fresh.querySelector(`picture[data-figure="${old.dataset.figure}"]`);
  if (!now || now.innerHTML === old.innerHTML) return;
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const ahead = new Image();
  ahead.src = dark ? now.querySelector('source').srcset : now.querySelector('img').src;
  try { await ahead.decode(); } catch { return; }
  old.querySelector('source').srcset = now.querySelector('source').srcset;
  old.querySelector('img').src = now.querySelector('img').src;
}

document.addEventListener('visibilitychange', refresh);
for (const form of document.querySelectorAll('form.choose')) {
  form.addEventListener('change', () => form.requestSubmit());
}
for (const log of document.querySelectorAll('.log')) log.scrollTop = log.scrollHeight;
if (page !== 'failure') listen();
