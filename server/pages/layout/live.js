// Keeps a page alive. A websocket tells what happened in the store: last values are written where the page shows them, live
// regions are fetched again where they changed, and figures hear what they have beyond their pictures. A hidden page closes
// the socket; when it is seen again it hears what it missed. Without this script the page is whole, and only still.
import { aligned, number } from './scale.js';

const { page, experiment, run, version } = document.body.dataset;
const connection = document.getElementById('connection');
const soon = 500, later = 2000; // least milliseconds between two refreshes: after a change of state, after mere values
const listeners = new Set(), watched = new Map();
let seen = Number(version ?? 0), socket = null, tries = 0, ended = false;
let dirty = 0, busy = null, last = 0, timer = 0; // dirty: 0, or the pause that is due; busy: what aborts the question under way

const moment = () => new Promise((over) => setTimeout(over, 20));

// onNews calls fn with every message of the store: {version, events, reset}.
export function onNews(fn) { listeners.add(fn); }

// watch asks for a figure's state, by its key, until the function that it returns is called.
export function watch(key, fn) {
  watched.set(key, fn);
  ask();
  return () => { watched.delete(key); ask(); };
}

function ask() {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ watch: [...watched.keys()] }));
}

function concerns(event) {
  if (run) return event.run === run || (event.kind === 'plan' && event.experiment === experiment);
  return experiment ? event.experiment === experiment : page !== 'failure';
}

function say(words) {
  connection.textContent = words;
  connection.dataset.state = words === 'live' ? 'live' : 'away';
}

function listen() {
  if (document.hidden || socket) return;
  const about = new URLSearchParams({ after: seen, ...(experiment && { experiment }), ...(run && { run }) });
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live?${about}`);
  socket.onopen = () => { tries = 0; ended = false; say('live'); ask(); refresh(); };
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onclose = () => {
    socket = null;
    if (document.hidden) { say('paused'); return; }
    say(ended ? 'ended; `inkstone serve` shows the store again' : 'not connected; trying again');
    setTimeout(listen, Math.min(10000, 500 * 2 ** tries++) * (0.75 + Math.random() / 2)); // not all pages at the same moment
  };
}

async function hear(message) {
  if (message.figure) { watched.get(message.figure)?.(message); return; }
  seen = message.version;
  for (const event of message.events ?? []) {
    if (event.values) fill(event);
    if (concerns(event)) dirty = Math.min(dirty || later, event.kind === 'points' ? later : soon);
  }
  if (message.reset) dirty = soon;
  for (const fn of listeners) fn(message);
  if (!message.ended) { refresh(); return; }
  ended = true; // the last state is fetched now or never; the server waits until this page has gone
  busy?.abort(); // what was asked before may rest in the server, and tells of an earlier state
  while (busy || dirty) await (busy ? moment() : fetchRegions());
  socket?.close();
}

// fill writes last values where the page shows them: data-value="RUN METRIC".
function fill({ run: of, values }) {
  for (const [metric, value] of Object.entries(values)) {
    for (const at of document.querySelectorAll(`[data-value="${CSS.escape(of)} ${CSS.escape(metric)}"]`)) at.textContent = aligned(number(value), at.dataset.places);
  }
}

// refresh fetches the live regions that changed, when it is time for it.
export function refresh() {
  if (!dirty || busy || document.hidden) return;
  clearTimeout(timer);
  const wait = last + dirty - performance.now();
  if (wait > 0) { timer = setTimeout(refresh, wait); return; }
  fetchRegions().then((well) => { if (well) refresh(); });
}

// again has the live regions fetched as if the store had told of a change: for what goes on in the server itself.
export function again() {
  dirty = dirty || soon;
  refresh();
}

// fetchRegions is false where the server is away: the next connection tries again.
async function fetchRegions() {
  const regions = [...document.querySelectorAll('[data-live]')];
  dirty = 0;
  if (!regions.length) return true;
  busy = new AbortController();
  try {
    const have = regions.map((region) => `${region.id}=${region.dataset.live}`).join(','), address = location.href;
    const answer = await fetch(address, { headers: { 'Inkstone-Have': have }, signal: busy.signal });
    const fresh = answer.ok ? Object.entries((await answer.json()).regions) : [];
    await released();
    if (location.href !== address) dirty ||= soon; // the page shows another view by now
    else for (const [id, content] of fresh) replace(document.getElementById(id), content);
    return true;
  } catch {
    if (!ended) dirty = soon;
    return false;
  } finally {
    busy = null;
    last = performance.now();
  }
}

// A region that came anew between the press and the release of a button would lose the click. A scroll bar tells of no release.
const longestPress = 5000;
let pressed = 0; // when it was; 0 where nothing is

addEventListener('pointerdown', () => { pressed = performance.now(); }, true);
for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => setTimeout(() => { pressed = 0; }), true);

async function released() {
  while (pressed && performance.now() < pressed + longestPress) await moment();
}

// replace takes a region's new content, and keeps how far it is scrolled; what is open, written and focused, steady.js keeps.
function replace(region, { html, digest }) {
  if (!region) return;
  const boxes = () => [region, ...region.querySelectorAll('.scroll, pre')];
  const scrolls = boxes().map((box) => [box.scrollTop, box.scrollLeft]);
  region.innerHTML = html;
  region.dataset.live = digest;
  boxes().forEach((box, i) => { [box.scrollTop, box.scrollLeft] = scrolls[i] ?? [0, 0]; });
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) socket?.close();
  else { tries = 0; listen(); }
});
for (const form of document.querySelectorAll('form.choose')) form.addEventListener('change', () => form.requestSubmit());
if (page !== 'failure') listen();
