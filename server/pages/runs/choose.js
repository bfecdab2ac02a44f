// Choosing runs: a current row that keys move, ticked runs that stay ticked wherever the list is scrolled to, and what is done
// with them.
import { bind } from '../layout/keys.js';

const mostAtOnce = 5000; // runs of a range
const mostCompared = 500; // runs; more are compared by their filter

export class Choice {
  constructor(form) {
    Object.assign(this, { form, ids: new Set(), at: -1, from: -1 });
    this.label = form.querySelector('#chosen');
    this.all = form.querySelector('[name=all]');
    form.addEventListener('submit', (event) => this.send(event));
    this.all.addEventListener('change', () => this.tell());
    this.tell();
  }

  // adopt joins a row that arrived: its box no longer speaks for itself, since it may leave the page.
  adopt(row) {
    const box = row.querySelector('input[type=checkbox]');
    box.removeAttribute('name');
    box.tabIndex = -1;
    box.checked = this.ids.has(row.dataset.run);
  }

  // ticked hears a click on a row's box; with Shift it takes all from the last chosen run on.
  ticked(event) {
    const box = event.target.closest('input[type=checkbox]');
    const row = box?.closest('tr');
    if (!row) return;
    const index = Number(row.dataset.index);
    if (event.shiftKey && this.from >= 0) this.range(this.from, index);
    else { this.toggle(row.dataset.run, box.checked); this.from = index; }
    this.move(index, false);
  }

  listen(list) {
    this.list = list;
    const { table } = list;
    table.addEventListener('click', (event) => this.ticked(event));
    table.setAttribute('role', 'grid');
    table.tabIndex = 0;
    table.setAttribute('aria-multiselectable', 'true');
    table.addEventListener('focus', () => { if (this.at < 0) this.move(Math.ceil(list.box.scrollTop / list.height), false); });
    bind('j', 'next run', () => this.step(1));
    bind('k', 'run before', () => this.step(-1));
    bind('x', 'choose the run; with Shift, all from the last chosen one to it', (event) => {
      if (event.shiftKey) this.range(Math.max(this.from, 0), this.at); else this.tick();
    });
    for (const [key, label, by] of [
      ['ArrowDown', 'next run', () => this.step(1)], ['ArrowUp', 'run before', () => this.step(-1)],
      ['PageDown', 'a screen down', () => this.step(list.page())], ['PageUp', 'a screen up', () => this.step(-list.page())],
      ['Home', 'first run', () => this.move(0)], ['End', 'last run', () => this.move(list.total - 1)], ['Enter', 'open the run', () => this.open()],
    ]) bind(key, label, (event) => (event.target.closest('a, button, .menu') ? false : by()), table);
  }

  step(by) { this.move(this.at < 0 ? 0 : this.at + by); }

  // move makes a row the current one.
  move(to, scroll = true) {
    this.at = Math.min(Math.max(to, 0), this.list.total - 1);
    if (scroll) {
      this.list.scrollTo(this.at);
      this.list.show();
      if (!this.list.table.contains(document.activeElement)) this.list.table.focus({ preventScroll: true });
    }
    this.mark();
  }

  // mark shows which row is current, and which are chosen.
  mark() {
    if (!this.list) return;
    for (const row of this.list.body.children) {
      const current = Number(row.dataset.index) === this.at;
      if (row.classList.contains('current') !== current) row.classList.toggle('current', current);
      const chosen = String(this.ids.has(row.dataset.run));
      if (row.dataset.run && row.getAttribute('aria-selected') !== chosen) row.setAttribute('aria-selected', chosen);
    }
    const row = this.list.rows.get(this.at);
    if (row?.isConnected) this.list.table.setAttribute('aria-activedescendant', row.id);
    else this.list.table.removeAttribute('aria-activedescendant');
  }

  open() {
    const row = this.list.rows.get(this.at);
    if (row) location.assign(row.querySelector('a').href);
  }

  tick() {
    const row = this.list.rows.get(this.at);
    if (!row) return;
    this.toggle(row.dataset.run, !this.ids.has(row.dataset.run));
    this.from = this.at;
  }

  toggle(id, on) {
    if (on) this.ids.add(id); else this.ids.delete(id);
    this.tell();
  }

  async range(from, to) {
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    if (last - first >= mostAtOnce) {
      this.label.textContent = `At most ${mostAtOnce} runs are chosen at once; filter, and tick the box for all`;
      return;
    }
    for (const id of await this.list.ids(first, last)) this.ids.add(id);
    this.from = to;
    this.tell();
  }

  tell() {
    const n = this.ids.size;
    this.label.textContent = this.all.checked ? 'All' : n ? `${n} chosen` : 'Tick runs, or press x';
    this.form.classList.toggle('idle', !n && !this.all.checked);
    for (const row of this.list?.body.children ?? []) {
      const box = row.querySelector('input[type=checkbox]');
      if (box) box.checked = this.ids.has(row.dataset.run);
    }
    this.mark();
  }

  send(event) {
    if (event.submitter?.id === 'compare-chosen') {
      event.preventDefault();
      const { value: where } = this.form.elements.where ?? { value: '' };
      const query = this.all.checked || this.ids.size > mostCompared ? [['where', where || 'seed is not null']] : [...this.ids].map((id) => ['run', id]);
      location.assign(`/compare?${new URLSearchParams(query)}`);
      return;
    }
    for (const old of this.form.querySelectorAll('[data-chosen]')) old.remove();
    if (this.all.checked) return;
    for (const id of this.ids) {
      const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'run', value: id });
      field.dataset.chosen = '';
      this.form.append(field);
    }
  }
}
