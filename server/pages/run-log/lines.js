// Lines of a log as elements, the same as the page has.
export function textOf({ spans }) {
  const text = Object.assign(document.createElement('span'), { className: 'text' });
  text.append(...(spans ?? []).map(({ class: name, text: part }) => (name ? Object.assign(document.createElement('span'), { className: name, textContent: part }) : part)));
  return text;
}

export function lineElement(line, address) {
  const element = Object.assign(document.createElement('div'), { className: 'line', id: `L${line.number}` });
  const link = Object.assign(document.createElement('a'), { className: 'number', href: `${address}&line=${line.number}#L${line.number}`, textContent: line.number });
  element.append(link, textOf(line));
  return element;
}
