// A picture of a live region that is put in place anew keeps the one that was seen until the new one has arrived, so that
// nothing blinks.
const seen = (picture) => picture.querySelector('img');

export function hold(removed, region) {
  const before = new Map();
  for (const node of removed) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    for (const old of node.querySelectorAll('picture[data-figure]')) before.set(old.dataset.figure, old);
  }
  for (const fresh of region.querySelectorAll('picture[data-figure]')) {
    const old = before.get(fresh.dataset.figure);
    if (!old || !seen(old).complete || !seen(old).naturalWidth) continue;
    fresh.replaceWith(old);
    if (old.innerHTML !== fresh.innerHTML) swap(old, fresh);
  }
}

async function swap(old, fresh) {
  const source = fresh.querySelector('source');
  const ahead = new Image();
  ahead.src = matchMedia(source.media).matches ? source.srcset : seen(fresh).src;
  try { await ahead.decode(); } catch { return; }
  old.querySelector('source').srcset = source.srcset;
  seen(old).src = seen(fresh).src;
}
