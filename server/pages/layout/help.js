// Lists the keys of this page, and lets their reader switch single letters off.
import { letters, list } from './keys.js';

const shown = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', 'Ctrl-k': 'Ctrl K' };

export function help() {
  const dialog = document.createElement('dialog');
  dialog.className = 'help';
  dialog.setAttribute('aria-labelledby', 'help-title');
  const title = Object.assign(document.createElement('h2'), { id: 'help-title', textContent: 'Keys of this page' });
  const table = document.createElement('dl');
  for (const [label, bound] of Object.entries(Object.groupBy(list(), ({ label }) => label))) {
    const entry = document.createElement('div');
    const keys = document.createElement('dt');
    for (const part of bound.flatMap(({ key }) => key.split(' '))) {
      keys.append(Object.assign(document.createElement('kbd'), { textContent: shown[part] ?? part }));
    }
    entry.append(keys, Object.assign(document.createElement('dd'), { textContent: label }));
    table.append(entry);
  }
  dialog.append(title, table, choice(), closing(dialog));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function choice() {
  const label = document.createElement('label');
  const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: letters.on });
  box.addEventListener('change', () => { letters.on = box.checked; });
  label.append(box, ' Single letters are keys');
  return label;
}

function closing(dialog) {
  const line = document.createElement('p');
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Close' });
  button.addEventListener('click', () => dialog.close());
  line.append(button);
  return line;
}
