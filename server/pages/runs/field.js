// The field of the filter: what can stand at the cursor is offered in a list below it, mistakes are underlined where they are,
// and how many runs fit is said while one writes.
const rest = 150; // milliseconds without a key before the server is asked

export function field(input, checked) {
  const under = Object.assign(document.createElement('div'), { className: 'under', ariaHidden: 'true' });
  const list = Object.assign(document.createElement('ul'), { id: 'words', className: 'words', hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'What can stand here');
  input.after(under, list);
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'words' })) input.setAttribute(name, value);
  let shown = [], at = -1, asked = 0, timer;

  const close = () => { list.hidden = true; at = -1; mark(); };
  const text = () => input.value;
  const cursor = () => [...text().slice(0, input.selectionStart)].length; // characters, as the server counts

  function mark() {
    input.setAttribute('aria-expanded', String(!list.hidden));
    [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === at)));
    if (at >= 0) input.setAttribute('aria-activedescendant', `word-${at}`); else input.removeAttribute('aria-activedescendant');
    list.children[at]?.scrollIntoView({ block: 'nearest' });
  }

  async function offer() {
    const turn = ++asked;
    const answer = await fetch(`/api/complete?${new URLSearchParams({ text: text(), cursor: cursor() })}`).catch(() => null);
    if (!answer?.ok || turn !== asked || document.activeElement !== input) return;
    shown = await answer.json();
    list.replaceChildren(...shown.map((word, i) => {
      const item = Object.assign(document.createElement('li'), { id: `word-${i}` });
      item.setAttribute('role', 'option');
      item.append(...[word.text, word.detail].map((part) => Object.assign(document.createElement('span'), { textContent: part })));
      item.addEventListener('pointerdown', (event) => { event.preventDefault(); take(i); });
      return item;
    }));
    list.hidden = shown.length === 0;
    at = -1;
    mark();
  }

  function take(i) {
    const { text: word, start, end } = shown[i];
    const letters = [...text()];
    const before = letters.slice(0, start).join('') + word + (word.endsWith('(') ? '' : ' ');
    input.value = before + letters.slice(end).join('').replace(/^ /, '');
    input.setSelectionRange(before.length, before.length);
    input.dispatchEvent(new Event('input'));
  }

  async function check() {
    const turn = text();
    const query = new URLSearchParams({ ...Object.fromEntries(new FormData(input.form)), where: turn });
    const answer = await fetch(`/runs/check?${query}`).catch(() => null);
    if (!answer?.ok || turn !== text()) return;
    const said = new DOMParser().parseFromString(await answer.text(), 'text/html').body; // stored texts are escaped in it
    if (isBeingWritten(said.querySelector('.mistake'))) return;
    checked.replaceChildren(...said.childNodes);
    underline();
  }

  // isBeingWritten tells a word that is not done yet, and that something on offer would complete, from a mistake.
  function isBeingWritten(mistake) {
    const { column, length } = mistake?.dataset ?? {};
    return mistake && !list.hidden && Number(column) - 1 + Number(length) === cursor();
  }

  function underline() {
    const mistake = checked.querySelector('.mistake');
    input.setAttribute('aria-invalid', String(Boolean(mistake)));
    under.replaceChildren(...[...(mistake?.querySelector('code')?.childNodes ?? [])].map((node) => node.cloneNode(true)));
    under.scrollLeft = input.scrollLeft;
  }

  input.addEventListener('input', () => {
    under.replaceChildren();
    clearTimeout(timer);
    timer = setTimeout(async () => { await offer(); check(); }, rest);
  });
  input.addEventListener('focus', offer);
  input.addEventListener('click', offer);
  input.addEventListener('blur', close);
  input.addEventListener('scroll', () => { under.scrollLeft = input.scrollLeft; });
  input.addEventListener('keydown', (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && !list.hidden) { at = at + by < -1 ? shown.length - 1 : at + by >= shown.length ? -1 : at + by; mark(); }
    else if (by > 0 && list.hidden) offer();
    else if ((event.key === 'Enter' || event.key === 'Tab') && at >= 0) take(at);
    else if (event.key === 'Escape' && !list.hidden) close();
    else return;
    event.preventDefault();
  });
  checked.addEventListener('click', (event) => {
    const fix = event.target.closest('[data-fixed]');
    if (!fix || !checked.querySelector('.place .dim')?.textContent.startsWith('Filter')) return;
    event.preventDefault();
    input.value = fix.dataset.fixed;
    input.focus();
    input.dispatchEvent(new Event('input'));
  });
  underline();
}
