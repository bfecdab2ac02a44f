// Wires the page of attention maps: keys, the form, the slider, links; everything leads to another view of the same page.
import { bind } from '../layout/keys.js';
import { enliven } from '../layout/figure.js';
import { choice, control, go, steps } from './walk.js';
import { readMaps } from './read.js';
import { walkGrid } from './grid.js';
import { togglePlay, stopPlaying } from './play.js';

const form = document.getElementById('attention-form');

// nudge changes a choice by so many places, and stays where there are no more.
function nudge(name, by) {
  const field = control(name);
  if (field.options) {
    const to = field.selectedIndex + by;
    if (to >= 0 && to < field.options.length) go({ [name]: field.options[to].value });
    return;
  }
  const to = Number(field.value) + by;
  if (to >= Number(field.min) && to <= Number(field.max)) go({ [name]: String(to) });
}

const walks = (fn) => (event) => {
  if (event.target.matches?.('input[type=range], select')) return false; // arrows are theirs
  stopPlaying();
  fn();
  return true;
};

function bindKeys() {
  for (const [key, label, fn] of [
    ['ArrowLeft', 'step before', () => nudge('step', -1)], ['ArrowRight', 'next step', () => nudge('step', 1)],
    ['ArrowUp', 'layer before', () => nudge('layer', -1)], ['ArrowDown', 'next layer', () => nudge('layer', 1)],
    ['[', 'head before', () => nudge('head', -1)], [']', 'next head', () => nudge('head', 1)],
    ['q', 'query before', () => nudge('query', -1)], ['w', 'next query', () => nudge('query', 1)],
    ['t', 'colour by query or by key', () => go({ mode: choice('mode') ? '' : 'key' })],
    ['h', 'hide or show the first token', () => go({ hidefirst: choice('hidefirst') ? '' : '1' })],
  ]) bind(key, label, walks(fn));
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('main a[href^="?"]');
  if (event.target.closest('#play')) { togglePlay(); return; }
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(Object.fromEntries(new URLSearchParams(link.getAttribute('href'))), true);
});

if (form) {
  form.addEventListener('input', (event) => {
    if (event.target.id === 'slider') { stopPlaying(); go({ step: steps()[Number(event.target.value)] }); }
  });
  form.addEventListener('change', (event) => {
    const { id, name, type, checked, value } = event.target;
    if (id !== 'slider') go({ [name]: type === 'checkbox' && !checked ? '' : value });
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const pressed = event.submitter;
    if (pressed?.name === 'place') {
      const [, layer, head] = pressed.value.match(/^L(\d+)H(\d+)$/);
      go({ layer, head });
    } else if (pressed?.name) go({ [pressed.name]: pressed.value });
  });
  bindKeys();
  document.addEventListener('walked', () => enliven(document.getElementById('scores')));
  readMaps(['head', 'rolled']);
  walkGrid('grid');
  go({});
}
