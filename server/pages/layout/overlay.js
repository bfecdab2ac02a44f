// Draws on a figure what its picture does not show yet: the tails of its lines, in their colours and its frame.
import { across, down, dark } from './scale.js';

const svg = 'http://www.w3.org/2000/svg';

export function element(name, attributes = {}) {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// layer is an SVG that lies on the picture, in the figure's own units.
export function layer(figure, name, place) {
  const box = figure.querySelector('.plot');
  let found = box.querySelector(`svg.${name}`);
  if (!found) {
    found = element('svg', { class: `layer ${name}`, 'aria-hidden': 'true' });
    box.append(found);
  }
  found.setAttribute('viewBox', `0 0 ${place.width} ${place.height}`);
  return found;
}

// path is a line through knots [x, y, low, high, n, gap]; a gap lies before its knot.
export function path(place, knots) {
  let d = '', pen = 'M';
  for (const [x, y, , , , gap] of knots) {
    if (y === null) { pen = 'M'; continue; }
    d += `${gap ? 'M' : pen}${across(place, x).toFixed(2)},${down(place, y).toFixed(2)}`;
    pen = 'L';
  }
  return d;
}

// band is the area of a line's intervals.
function band(place, knots) {
  const whole = knots.filter(([, , low, high]) => low !== null && high !== null);
  if (whole.length < 2) return '';
  const upper = whole.map(([x, , , high]) => `${across(place, x).toFixed(2)},${down(place, high).toFixed(2)}`);
  const lower = whole.map(([x, , low]) => `${across(place, x).toFixed(2)},${down(place, low).toFixed(2)}`).reverse();
  return `M${[...upper, ...lower].join('L')}Z`;
}

// many lines let single runs go, as the picture does: those stand for themselves, or are left to the means.
const manyLines = 12;

// drawTails draws what every line has beyond the picture, and the newest points of the runs that a mean is of.
export function drawTails(live) {
  const { place, state } = live;
  const bands = [], runs = [], lines = [];
  place.lines.forEach((line, i) => {
    const color = dark() ? line.dark : line.color;
    if (place.lines.length <= manyLines || live.smooth) {
      line.runs.forEach((run, j) => {
        if (line.runs.length === 1 && !live.smooth) return;
        const points = state.points.get(run) ?? [];
        const d = path(place, live.smooth || !line.ends[j] ? points : [line.ends[j], ...points]);
        if (points.length) runs.push(element('path', { d, fill: 'none', stroke: color, 'stroke-width': 0.5, 'stroke-opacity': 0.4 }));
      });
    }
    const knots = state.tail(i, live.smooth);
    if (!knots.length) return;
    const area = band(place, knots);
    if (area) bands.push(element('path', { d: area, fill: color, 'fill-opacity': place.lines.length > manyLines ? 0.07 : 0.16 }));
    lines.push(element('path', {
      d: path(place, knots), fill: 'none', stroke: color, 'stroke-width': place.lines.length > manyLines ? 1.05 : 1.5, 'stroke-dasharray': (line.dash ?? []).join(' '),
    }));
  });
  layer(live.element, 'tails', place).replaceChildren(clip(live.element.id, place.frame), within(live.element.id, [...bands, ...runs, ...lines.reverse()]));
}

// clip and within keep what is drawn inside the frame.
function clip(id, { left, top, width, height }) {
  const shape = element('clipPath', { id: `${id}-frame` });
  shape.append(element('rect', { x: left, y: top, width, height }));
  return shape;
}

function within(id, parts) {
  const group = element('g', { 'clip-path': `url(#${id}-frame)` });
  group.append(...parts);
  return group;
}
