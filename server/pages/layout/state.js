// What a figure has beyond one of its pictures: tails of lines, as the server reads the figure again, and single points, which
// arrive before that.
export class State {
  constructor({ picture, place, version, lines, points = {} }) {
    this.picture = picture;
    this.place = place; // where the axes lie, the lines' colours and runs
    this.points = new Map(); // by run: [x, y, version]
    this.change(version, lines);
    this.add(points);
  }

  // change takes what lines have now: how many knots of each stay, and those behind them.
  change(version, lines) {
    this.version = version;
    this.tails = lines.map(([keep, ...knots], i) => [...(this.tails?.[i] ?? []).slice(0, keep), ...knots]);
    this.forget();
  }

  add(points) {
    for (const [run, arrived] of Object.entries(points)) this.points.set(run, [...(this.points.get(run) ?? []), ...arrived]);
    this.forget();
  }

  // forget drops points of single runs that the tails hold.
  forget() {
    for (const { runs: [run, another] } of this.place?.lines ?? []) {
      if (!another && this.points.has(run)) this.points.set(run, this.points.get(run).filter(([, , version]) => version > this.version));
    }
  }

  // tail is what a line has beyond the picture, with the newest points where it is that of a single run.
  tail(i, smooth) {
    const tail = this.tails[i] ?? [];
    const { runs, ends } = this.place.lines[i];
    const fresh = runs.length === 1 && !smooth ? this.points.get(runs[0]) ?? [] : [];
    if (!fresh.length) return tail;
    const known = tail.length || !ends[0] ? tail : [[...ends[0], null, null, 1]];
    const last = known.at(-1)?.[0] ?? -Infinity;
    return [...known, ...fresh.filter(([x]) => x > last).map(([x, y]) => [x, y, null, null, 1])];
  }
}
