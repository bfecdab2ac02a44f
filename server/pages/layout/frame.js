// What every page can: the keys of the frame, the palette, the help, rows to walk through, colours to choose.
import { bind } from './keys.js';
import { help } from './help.js';
import { palette } from './palette.js';
import './rows.js';
import './theme.js';
import './steady.js';
import './keep.js';

bind('Ctrl-k', 'jump to anything', palette);
bind('?', 'this help', help);
for (const place of document.querySelectorAll('nav.places a')) {
  bind(place.dataset.key, `go to ${place.textContent}`, () => location.assign(place.href));
}
bind('/', 'search', () => {
  const search = document.querySelector('[data-search], [role=search] input');
  if (search) { search.focus(); search.select?.(); } else palette();
});
const note = document.querySelector('.note .edit');
if (note) bind('e', 'edit the note', () => { note.open = true; note.querySelector('textarea').focus(); });

for (const button of document.querySelectorAll('button[data-opens]')) {
  button.hidden = false;
  button.addEventListener('click', { palette, help }[button.dataset.opens]);
}
