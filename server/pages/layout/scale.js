// Numbers as the server writes them, and places on a figure's axes.

// number writes five significant digits, or a whole number where it has more, as the server does (words.go).
export function number(value) {
  if (typeof value === 'string') return value.replace('-', '−').replace('Infinity', '∞').replace(/^∞/, '+∞');
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e15) return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '−');
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(5)))));
  if (exponent >= -4 && exponent < 5) return String(Number(value.toPrecision(5))).replace('-', '−');
  const [mantissa, power] = value.toExponential(4).split('e');
  const digits = String(Math.abs(Number(power))).padStart(2, '0');
  return `${Number(mantissa)}e${power < 0 ? '-' : '+'}${digits}`.replaceAll('-', '−');
}

// aligned fills a number up with spaces so that its point stands before that many places, as the server does (runs_cells.go).
export function aligned(text, places) {
  if (!(places > 0) || /[eN∞]/.test(text)) return text;
  const have = (text.split('.')[1] ?? '').length;
  return text + (have === 0 ? '\u2008' : '') + '\u2007'.repeat(Math.max(places - have, 0));
}

// measure is a value's place on an axis, which is linear in it; value goes back.
function measure(axis, v) {
  if (axis.scale === 'log') return Math.log10(Math.max(v, Number.MIN_VALUE));
  if (axis.scale === 'symlog') return Math.sign(v) * Math.log10(1 + Math.abs(v) / axis.threshold);
  return v;
}

function value(axis, at) {
  if (axis.scale === 'log') return 10 ** at;
  if (axis.scale === 'symlog') return Math.sign(at) * axis.threshold * (10 ** Math.abs(at) - 1);
  return at;
}

// across is where x lies in the figure, in its units; down is where y lies.
export function across({ x, frame }, v) {
  const low = measure(x, x.min);
  return frame.left + (measure(x, v) - low) / (measure(x, x.max) - low) * frame.width;
}

export function down({ y, frame }, v) {
  const high = measure(y, y.max);
  return frame.top + (high - measure(y, v)) / (high - measure(y, y.min)) * frame.height;
}

// at is the x at a place in the figure.
export function at({ x, frame }, left) {
  const low = measure(x, x.min);
  return value(x, low + (left - frame.left) / frame.width * (measure(x, x.max) - low));
}

// dark tells whether the page stands on a dark ground.
export function dark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}
