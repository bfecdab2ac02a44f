// Keys of a page: a letter, a word as ArrowLeft, two letters one after the other ("g h"), or with Ctrl ("Ctrl-k"; on a Mac
// also Command). Single letters are heard only while nobody writes, and can be switched off, as the help says.
const bindings = [];
const silence = 'inkstone-no-letters';
const patience = 1200; // milliseconds between the two letters of a pair
let first = '', forget;

// bind makes a key do something; a later binding of the same key comes first. scope, an element, hears the key only while the
// focus lies in it. A function that returns false leaves the key to others. bind returns what takes it back.
export function bind(key, label, fn, scope) {
  const binding = { key, label, fn, scope };
  bindings.unshift(binding);
  return () => bindings.splice(bindings.indexOf(binding), 1);
}

// list is every key with what it does, in the order in which they were bound.
export const list = () => bindings.toReversed().map(({ key, label, fn, scope }) => ({ key, label, fn, scope }));

export const letters = {
  get on() { return !localStorage.getItem(silence); },
  set on(on) { if (on) localStorage.removeItem(silence); else localStorage.setItem(silence, '1'); },
};

const writes = (at) => at.isContentEditable || at.matches?.('textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit])');

function heard(event, key) {
  for (const binding of bindings) {
    if (binding.key.toLowerCase() !== key.toLowerCase() || (binding.scope && !binding.scope.contains(event.target))) continue;
    if (binding.fn(event) === false) continue;
    event.preventDefault();
    return true;
  }
  return false;
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) { heard(event, `Ctrl-${event.key}`); return; }
  if (writes(event.target) || (event.target.closest?.('dialog[open]') ?? null)) return;
  if (event.key.length === 1 && !letters.on) return;
  const pair = first && `${first} ${event.key}`;
  first = '';
  clearTimeout(forget);
  if ((pair && heard(event, pair)) || heard(event, event.key)) return;
  if (bindings.some(({ key }) => key.startsWith(`${event.key} `))) {
    first = event.key;
    forget = setTimeout(() => { first = ''; }, patience);
  }
});
