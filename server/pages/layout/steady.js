// Keeps what a reader had open, written and focused when a live region is put in place anew: details by their id, fields by
// their form's address and name, links and buttons by what they lead to. Pictures do not blink.
import { hold } from './pictures.js';

const open = new Map(), written = new Map();
let focused = '';

const fieldName = (field) => field.form && field.name && field.type !== 'hidden' ? `${field.form.action} ${field.name}` : '';
const focusName = (at) => fieldName(at) || (at.id && `#${at.id}`) || at.href || (at.form && `${at.form.action} button`) || (at.matches('summary') ? `#${at.parentNode.id} summary` : '');

document.addEventListener('toggle', ({ target }) => { if (target.id) open.set(target.id, target.open); }, true);
document.addEventListener('input', ({ target }) => { const name = fieldName(target); if (name) written.set(name, target.value); });
document.addEventListener('focusin', ({ target }) => { focused = focusName(target); });
// Who is taken out of the page loses the focus before it is gone: only a little later is it known whether a reader went away.
document.addEventListener('focusout', ({ target }) => setTimeout(() => { if (target.isConnected && document.activeElement === document.body) focused = ''; }));

function restore(region) {
  for (const details of region.querySelectorAll('details[id]')) details.open = open.get(details.id) ?? details.open;
  for (const field of region.querySelectorAll('input[name], textarea[name], select[name]')) {
    const value = written.get(fieldName(field));
    if (value !== undefined) field.value = value;
  }
  if (!focused || document.activeElement !== document.body) return;
  for (const at of region.querySelectorAll('a[href], button, summary, input, textarea, select')) {
    if (focusName(at) === focused) { at.focus({ preventScroll: true }); return; }
  }
}

for (const region of document.querySelectorAll('[data-live]')) {
  new MutationObserver((changes) => {
    hold(changes.flatMap(({ removedNodes }) => [...removedNodes]), region);
    restore(region);
  }).observe(region, { childList: true });
}
