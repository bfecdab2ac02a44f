// Keeps a log alive: new lines come below, and the end is followed unless its reader has scrolled up; older ones come when the
// beginning is reached. Nothing is asked while the page is hidden. Without this script links lead through the log.
import '/assets/layout/copy.js';
import { bind } from '/assets/layout/keys.js';
import { waits } from '/assets/layout/waits.js';
import { lineElement, textOf } from './lines.js';

const log = document.getElementById('log'), news = document.getElementById('news');
const { run } = document.body.dataset;
const stretch = 500, most = 5000, slow = 2000, fast = 400; // lines asked for, lines kept, milliseconds between questions
let pause = fast, unseen = 0, timer = 0, reading = Promise.resolve();

const number = (line) => Number(line.id.slice(1));
const first = () => number(log.firstElementChild), last = () => number(log.lastElementChild);
const atEnd = () => log.scrollTop + log.clientHeight >= log.scrollHeight - 12;
const atBeginning = () => log.scrollTop < 40;
const complete = () => last() >= Number(log.dataset.total);

async function ask(from, count) {
  const answer = await fetch(`/api/runs/${run}/log?${new URLSearchParams({ attempt: log.dataset.attempt, from, count })}`);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

const elements = (lines) => lines.map((line) => lineElement(line, `/runs/${run}/log?attempt=${log.dataset.attempt}`));

// newer appends what lies behind the last line, which may itself have grown.
async function newer() {
  const { lines, total, open } = await ask(last(), stretch);
  const following = atEnd(); // now: its reader may have scrolled since it was asked
  const grown = lines.shift();
  const old = log.lastElementChild.querySelector('.text');
  const text = grown && textOf(grown);
  if (text && text.innerHTML !== old.innerHTML) old.replaceWith(text);
  log.append(...elements(lines));
  log.dataset.total = total;
  log.toggleAttribute('data-open', open);
  if (following) {
    while (log.childElementCount > most) log.firstElementChild.remove();
    log.scrollTop = log.scrollHeight;
  } else unseen += lines.length;
  tell();
  return lines.length;
}

async function older() {
  const upTo = first();
  if (upTo <= 1 || !atBeginning()) return;
  const { lines } = await ask(Math.max(upTo - stretch, 1), Math.min(stretch, upTo - 1));
  const height = log.scrollHeight, top = log.scrollTop;
  log.prepend(...elements(lines));
  while (log.childElementCount > most) log.lastElementChild.remove();
  log.scrollTop = top + log.scrollHeight - height;
  tell();
}

function tell() {
  news.hidden = unseen === 0;
  news.textContent = `${unseen} new ${unseen === 1 ? 'line' : 'lines'} ↓`;
  const extent = document.getElementById('extent');
  if (extent) extent.textContent = `Lines ${first()} to ${last()} of ${log.dataset.total}`;
  document.querySelector('.older')?.toggleAttribute('hidden', first() <= 1);
  for (const id of ['newer', 'end']) document.getElementById(id)?.toggleAttribute('hidden', complete());
}

// inTurn has one question asked at a time: the lines that it brings decide what the next one asks for.
function inTurn(fn) {
  reading = reading.then(fn).catch(() => 0);
  return reading;
}

// follow asks again soon while lines come, more seldom while none do.
async function follow() {
  clearTimeout(timer);
  if (document.hidden) return;
  if (complete() || atEnd()) pause = await inTurn(newer) > 0 ? fast : Math.min(pause * 1.5, slow);
  if (log.hasAttribute('data-open')) timer = setTimeout(follow, pause);
}

async function toEnd() {
  while (!complete() && await inTurn(newer) > 0);
  log.scrollTop = log.scrollHeight;
  unseen = 0;
  tell();
}

if (log?.dataset.attempt) {
  if (!log.dataset.line && complete()) log.scrollTop = log.scrollHeight;
  if (log.dataset.line && location.hash !== `#L${log.dataset.line}`) document.getElementById(`L${log.dataset.line}`)?.classList.add('wanted');
  log.addEventListener('scroll', () => {
    if (atBeginning()) inTurn(older);
    else if (atEnd() && unseen) { unseen = 0; tell(); }
    else if (atEnd() && !complete()) inTurn(newer);
  });
  news.addEventListener('click', toEnd);
  document.addEventListener('visibilitychange', () => { pause = fast; follow(); });
  bind('f', 'follow the end of the log', toEnd);
  follow();
}
// A link to a line that is not here leads to where it is.
function seek() {
  const wanted = /^#L(\d+)$/.exec(location.hash);
  if (!wanted || !log?.dataset.attempt || document.getElementById(wanted[0].slice(1))) return;
  location.replace(`?attempt=${log.dataset.attempt}&line=${wanted[1]}${wanted[0]}`);
}
addEventListener('hashchange', seek);
seek();
waits();
