// Makes figures alive: a figure that is seen is watched; what it has beyond its picture is drawn over it, and a new picture is
// fetched when the server says that it is time. Crosshair, zoom and legend are added to each.
import { watch } from './live.js';
import { State } from './state.js';
import { drawTails } from './overlay.js';
import { crosshair } from './crosshair.js';
import { zoom } from './zoom.js';
import { legend } from './legend.js';

class Live {
  constructor(element) {
    this.element = element;
    this.key = element.dataset.key;
    this.smooth = new URLSearchParams(this.key.split('?')[1]).has('smooth');
    this.picture = Number(element.dataset.version); // that is shown
    this.state = null; // what there is beyond it
    this.next = null; // the same of a picture that is on its way
    this.numbers = null; // the whole figure as numbers, once somebody looks closer
    this.whole = []; // the points of every line, of the picture and beyond; made when they are looked at
    this.frame = 0; // of the browser, in which it is drawn
    this.changed = new Set();
    this.seen = new IntersectionObserver(([entry]) => (entry.isIntersecting ? this.look() : this.leave()), { rootMargin: '200px' });
    this.seen.observe(element);
    crosshair(this);
    zoom(this);
    legend(this);
  }

  get place() { return this.state?.place; }

  look() { this.stop ??= watch(this.key, (message) => this.hear(message)); }

  leave() { this.stop?.(); this.stop = null; }

  // end lets go of a figure that leaves the page.
  end() {
    this.seen.disconnect();
    this.leave();
  }

  hear(message) {
    const { picture, version, since, lines, points } = message;
    if (!lines) {
      this.state?.add(points);
      this.next?.add(points);
    } else if (since === undefined) {
      this.begin(new State(message));
    } else {
      const known = [this.state, this.next].find((state) => state?.picture === picture && state.version === since);
      if (!known) { this.again(); return; } // something was missed
      known.change(version, lines);
    }
    this.draw();
  }

  // again asks for everything.
  again() { this.leave(); this.look(); }

  // begin shows a state at once where the picture is there, or else when the picture is.
  async begin(state) {
    if (state.picture === this.picture) { this.state = state; this.next = null; return; }
    this.next = state;
    const came = await this.load(state.picture);
    if (this.next !== state) return; // a newer one is on its way
    this.next = null;
    if (!came) { setTimeout(() => this.again(), 1000); return; }
    this.swap(state.picture);
    this.state = state;
    this.draw();
  }

  renewed(address, picture) { return address.replace(/([?&]v=)-?\d+/, `$1${picture}`); }

  async load(picture) {
    const image = this.element.querySelector('img'), ahead = new Image();
    ahead.src = this.renewed(image.currentSrc || image.src, picture);
    return ahead.decode().then(() => true, () => false);
  }

  // swap shows a picture that has arrived, so that nothing flickers.
  swap(picture) {
    const image = this.element.querySelector('img'), source = this.element.querySelector('source');
    if (source) source.srcset = this.renewed(source.srcset, picture);
    image.src = this.renewed(image.src, picture);
    this.picture = picture;
    this.numbers = null;
    this.element.dataset.version = picture;
  }

  draw() {
    this.whole = [];
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.place?.frame) drawTails(this);
      for (const fn of this.changed) fn();
    });
  }

  // read is the figure that is shown as numbers; null where they cannot be had.
  async read() {
    const { picture } = this;
    if (this.numbers?.picture === picture) return this.numbers;
    if (this.reading?.picture !== picture) this.reading = { picture, numbers: this.fetchNumbers(picture) };
    const numbers = await this.reading.numbers;
    if (this.picture !== picture) return this.read(); // another one is shown by now
    this.reading = null;
    this.numbers ??= numbers;
    this.whole = [];
    return this.numbers;
  }

  async fetchNumbers(picture) {
    const [kind, query] = this.key.split('?');
    try {
      const answer = await fetch(`/figures/${kind}.json?${query}&v=${picture}`);
      return answer.ok ? { picture, ...(await answer.json()) } : null;
    } catch {
      return null; // the server is away
    }
  }

  // knots are all points of a line: the picture's, then the tail's in place of those from its beginning on.
  knots(i) {
    return this.whole[i] ??= this.joined(i);
  }

  joined(i) {
    const drawn = this.numbers.lines[i]?.points ?? [], tail = this.state?.place?.lines[i] ? this.state.tail(i, this.smooth) : [];
    if (!tail.length) return drawn;
    const [[x, y, low, high, n, gap], ...rest] = tail, again = drawn.findLast(([at]) => at === x);
    return [...drawn.filter(([at]) => at < x), [x, y, low, high, n, gap ?? again?.[5]], ...rest];
  }

  // places are all x at which any line has a point, in order.
  places() {
    this.whole.places ??= [...new Set(this.numbers.lines.flatMap((_, i) => this.knots(i).map(([x]) => x)))].sort((a, b) => a - b);
    return this.whole.places;
  }
}

// enliven makes the figures in a part of the page alive, as they come.
export function enliven(part) {
  for (const element of part.querySelectorAll('figure[data-key]')) element.live ??= new Live(element);
}

enliven(document);
