// Plays through the captured steps, from the first where the last is shown.
import { choice, go, steps } from './walk.js';

const pause = 600; // milliseconds between two steps
let timer = 0;

export function stopPlaying() {
  clearTimeout(timer);
  timer = 0;
  sign();
}

export function togglePlay() {
  if (timer) { stopPlaying(); return; }
  const all = steps();
  timer = setTimeout(next, 0, choice('step') === all.at(-1) ? 0 : all.indexOf(choice('step')) + 1);
  sign();
}

async function next(at) {
  const all = steps();
  if (at >= all.length) { stopPlaying(); return; }
  const mine = timer;
  await go({ step: all[at] });
  if (timer === mine) timer = setTimeout(next, pause, at + 1);
}

function sign() {
  const button = document.getElementById('play');
  button.textContent = timer ? 'Pause' : 'Play';
  button.setAttribute('aria-pressed', String(timer !== 0));
}

document.addEventListener('walked', sign);
