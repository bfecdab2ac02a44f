// Makes figures alive: a figure that is seen is watched; what it has beyond its picture is drawn over it, and a new picture is
// fetched when the server says that it is time. Crosshair, zoom and legend are added to each.
import { watch } from './live.js';
import { drawTails } from './overlay.js';
import { crosshair } from './crosshair.js';
import { zoom } from './zoom.js';
import { legend } from './legend.js';

class Live {
  constructor(element) {
    this.element = element;
    this.key = element.dataset.key;
    this.picture = Number(element.dataset.version);
    this.place = null; // where the axes lie, and the lines' colours
    this.version = 0;
    this.tails = [];
    this.numbers = null; // the whole figure as numbers, once somebody looks closer
    this.changed = new Set();
    const seen = new IntersectionObserver(([entry]) => (entry.isIntersecting ? this.look() : this.leave()), { rootMargin: '200px' });
    seen.observe(element);
    crosshair(this);
    zoom(this);
    legend(this);
  }

  look() { this.stop ??= watch(this.key, (message) => this.hear(message)); }

  leave() { this.stop?.(); this.stop = null; }

  async hear({ picture, version, since, place, lines }) {
    if (place) this.place = place;
    if (since !== undefined && (since !== this.version || !this.place)) { this.leave(); this.look(); return; } // something was missed: all of it again
    this.version = version;
    this.tails = lines.map(([keep, ...knots], i) => (since === undefined ? knots : [...(this.tails[i] ?? []).slice(0, keep), ...knots]));
    if (picture !== this.picture) await this.show(picture);
    if (this.version === version) this.draw();
  }

  // show swaps the picture when the new one has arrived, so that nothing flickers.
  async show(picture) {
    this.picture = picture;
    this.numbers = null;
    const image = this.element.querySelector('img'), source = this.element.querySelector('source');
    const renew = (address) => address.replace(/([?&]v=)-?\d+/, `$1${picture}`);
    const ahead = new Image();
    ahead.src = renew(image.currentSrc || image.src);
    try { await ahead.decode(); } catch { return; }
    if (this.picture !== picture) return;
    if (source) source.srcset = renew(source.srcset);
    image.src = renew(image.src);
  }

  draw() {
    if (this.place?.frame) drawTails(this.element, this.place, this.tails);
    this.element.dataset.drawn = String(this.version);
    for (const fn of this.changed) fn();
  }

  // read is the figure as numbers, with what came since.
  async read() {
    if (this.numbers?.picture !== this.picture) {
      const [kind, query] = this.key.split('?');
      const picture = this.picture;
      const answer = await fetch(`/figures/${kind}.json?${query}&v=${picture}`);
      if (!answer.ok) return null;
      this.numbers = { picture, ...(await answer.json()) };
      this.place ??= this.numbers;
    }
    return this.numbers;
  }

  // knots are all points of a line: the picture's, then the tail's in place of those from its beginning on.
  knots(i) {
    const drawn = this.numbers.lines[i].points, tail = this.tails[i] ?? [];
    return tail.length ? [...drawn.filter(([x]) => x < tail[0][0]), ...tail] : drawn;
  }
}

// enliven makes the figures in a part of the page alive, as they come.
export function enliven(part) {
  for (const element of part.querySelectorAll('figure[data-key]')) element.live ??= new Live(element);
}

enliven(document);
