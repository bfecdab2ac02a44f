// j and k walk through the rows of a page's main list: elements with data-row, whose first link takes the focus, so that Enter
// opens it. A list that was fetched again is walked on from the same row.
import { bind } from './keys.js';

let last = '';
const rows = () => [...document.querySelectorAll('[data-row]')].filter((row) => row.querySelector('a[href]') && row.offsetParent);
const link = (row) => row.querySelector('a[href]');

function walk(by) {
  const all = rows();
  if (!all.length) return false;
  let at = all.indexOf(document.activeElement.closest('[data-row]'));
  if (at < 0) at = all.findIndex((row) => link(row).href === last);
  const to = all[Math.min(Math.max(at < 0 && by < 0 ? 0 : at + by, 0), all.length - 1)];
  last = link(to).href;
  link(to).focus();
  to.scrollIntoView({ block: 'nearest' });
  return true;
}

if (document.querySelector('[data-row], [data-rows]')) {
  bind('j', 'next row', () => walk(1));
  bind('k', 'row before', () => walk(-1));
}
