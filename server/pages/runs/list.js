// The list of runs as one scroller that stands for all of them: only the rows in sight are in the page, between two spaces as
// high as what is above and below. Rows come from the server in windows of one and the same order.
const block = 100; // rows of a window
const beyond = 12; // rows beyond what is in sight
const mostKept = 2000; // rows

export class List {
  // adopt is called with every row that arrives, changed whenever other rows are in sight.
  constructor(box, { adopt, changed }) {
    Object.assign(this, { box, adopt, changed, rows: new Map(), holding: new Map(), spare: [], onScreen: [0, 0] });
    this.table = box.querySelector('table');
    this.body = box.querySelector('tbody');
    this.head = box.querySelector('thead');
    this.total = Number(box.dataset.total);
    this.version = box.dataset.version;
    this.above = space();
    this.below = space();
    this.take([...this.body.children], Number(box.dataset.offset));
    this.height = this.body.firstElementChild.getBoundingClientRect().height;
    this.columns = this.head.rows[0].cells.length;
    box.classList.add('whole');
    box.removeAttribute('tabindex'); // the table itself takes the focus
    this.body.before(this.above);
    this.body.after(this.below);
    this.fixWidths();
    box.addEventListener('scroll', () => this.show(), { passive: true });
    new ResizeObserver(() => this.show()).observe(box);
    this.scrollTo(Number(box.dataset.offset));
    this.show();
  }

  // fixWidths keeps the columns as wide as they are, whatever later rows hold.
  fixWidths() {
    const widths = [...this.head.rows[0].cells].map((cell) => Math.ceil(cell.getBoundingClientRect().width));
    const group = document.createElement('colgroup');
    for (const width of widths) {
      const column = document.createElement('col');
      column.style.width = `${width}px`;
      group.append(column);
    }
    this.table.prepend(group);
    this.table.style.width = `${widths.reduce((a, b) => a + b, 0)}px`;
    this.table.classList.add('fixed');
  }

  take(rows, from) {
    rows.forEach((row, i) => { this.rows.set(from + i, row); this.adopt(row); });
  }

  // show puts the rows in sight into the page, and asks for those that are missing.
  show() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - beyond);
    const last = Math.min(this.total, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + beyond);
    this.onScreen = [first, last];
    const wanted = [];
    for (let i = first; i < last; i++) wanted.push(this.rows.get(i) ?? this.waiting(i));
    const keep = new Set(wanted);
    for (const row of [...this.body.children]) if (!keep.has(row)) this.drop(row);
    let at = this.body.firstElementChild;
    for (const row of wanted) {
      if (row === at) at = at.nextElementSibling; else this.body.insertBefore(row, at);
    }
    this.above.firstChild.firstChild.style.height = `${first * this.height}px`;
    this.below.firstChild.firstChild.style.height = `${(this.total - last) * this.height}px`;
    this.changed();
    this.askForMissing(first, last);
  }

  // waiting is a row whose run is not there yet; such rows are used again.
  waiting(i) {
    const row = this.holding.get(i) ?? this.spare.pop() ?? emptyRow(this.columns);
    this.holding.set(i, row);
    row.dataset.index = i;
    row.setAttribute('aria-rowindex', i + 2);
    return row;
  }

  drop(row) {
    if (row.contains(document.activeElement)) this.table.focus({ preventScroll: true });
    row.remove();
    if (this.holding.delete(Number(row.dataset.index)) && !row.dataset.run) this.spare.push(row);
  }

  // askForMissing fetches one window at a time; where one was scrolled past meanwhile, it is never asked for.
  async askForMissing(first, last) {
    if (this.busy) return;
    for (let i = first; i < last; i++) {
      if (this.rows.has(i)) continue;
      this.busy = true;
      const { version } = this;
      try {
        const window = await this.fetch(Math.floor(i / block) * block, block, { as_of: version });
        if (this.version === version) this.accept(window); // or else the whole list was read anew meanwhile
      } catch {
        await new Promise((later) => setTimeout(later, 1000)); // the server is away; the rows stay empty meanwhile
      }
      this.busy = false;
      this.forget();
      this.show();
      return;
    }
  }

  async fetch(offset, limit, more = {}) {
    const answer = await fetch(`${this.box.dataset.rowsFrom}&${new URLSearchParams({ offset, limit, ...more })}`);
    if (!answer.ok) throw new Error(await answer.text());
    const body = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('tbody');
    return { ...body.dataset, rows: [...body.children].map((row) => document.adoptNode(row)) };
  }

  // accept takes a window. One of another version means that the order is another one: what was read before is void.
  accept({ total, version, offset, rows }) {
    if (version !== this.version) this.rows.clear();
    Object.assign(this, { total: Number(total), version });
    this.table.setAttribute('aria-rowcount', this.total + 1);
    this.take(rows, Number(offset));
  }

  // forget lets go of rows that are far away.
  forget() {
    if (this.rows.size <= mostKept) return;
    const [first, last] = this.onScreen;
    for (const i of this.rows.keys()) if (i < first - mostKept / 4 || i > last + mostKept / 4) this.rows.delete(i);
  }

  // refresh reads the rows in sight as they are now. The first of them stays where it is on the screen, unless the list stands
  // at its beginning, where new runs are to be seen.
  async refresh() {
    const top = Math.floor(this.box.scrollTop / this.height);
    const anchor = top > 0 ? this.rows.get(top)?.dataset.run : undefined;
    const offset = Math.max(0, top - block / 2);
    const window = await this.fetch(offset, 2 * block, anchor ? { anchor } : {});
    const moved = anchor && Number(window.anchor) >= 0 ? Number(window.anchor) - top : 0;
    this.accept(window);
    if (moved && Math.abs(moved) < block / 2) this.box.scrollTop += moved * this.height;
    this.show();
  }

  scrollTo(index) {
    const head = this.head.getBoundingClientRect().height;
    const top = index * this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    const room = this.box.clientHeight - head;
    if (top + this.height > this.box.scrollTop + room) this.box.scrollTop = top + this.height - room;
  }

  // ids lists the runs from one index to another, read where they are not there.
  async ids(from, to) {
    const found = [];
    for (let i = from; i <= to;) {
      const row = this.rows.get(i);
      if (row) { found.push(row.dataset.run); i++; continue; }
      const { rows } = await this.fetch(i, Math.min(1000, to - i + 1), { as_of: this.version });
      found.push(...rows.map((r) => r.dataset.run));
      i += Math.max(rows.length, 1);
    }
    return found;
  }

  page() { return Math.max(1, Math.floor((this.box.clientHeight - this.head.offsetHeight) / this.height) - 1); }
}

function space() {
  const body = document.createElement('tbody');
  body.className = 'space';
  body.setAttribute('aria-hidden', 'true');
  body.append(document.createElement('tr'));
  body.firstChild.append(document.createElement('td'));
  return body;
}

function emptyRow(columns) {
  const row = document.createElement('tr');
  row.className = 'waiting';
  for (let i = 0; i < columns; i++) row.append(document.createElement(i ? 'td' : 'th'));
  row.firstChild.className = 'name';
  return row;
}
