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

// path is a line through knots [x, y, low, high, n, gap].
export function path(place, knots) {
  let d = '';
  for (const [x, y, , , , gap] of knots) {
    if (y === null) continue;
    d += `${d && !gap ? 'L' : 'M'}${across(place, x).toFixed(2)},${down(place, y).toFixed(2)}`;
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

// drawTails draws what every line has beyond the picture.
export function drawTails(figure, place, tails) {
  const over = layer(figure, 'tails', place);
  const parts = [];
  tails.forEach((knots, i) => {
    const line = place.lines[i];
    if (!line || !knots.length) return;
    const color = dark() ? line.dark : line.color;
    const area = band(place, knots);
    if (area) parts.push(element('path', { d: area, fill: color, 'fill-opacity': 0.16 }));
    parts.push(element('path', { d: path(place, knots), fill: 'none', stroke: color, 'stroke-width': 1.5, 'stroke-dasharray': (line.dash ?? []).join(' ') }));
  });
  over.replaceChildren(...parts);
}
