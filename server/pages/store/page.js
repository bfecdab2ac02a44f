// Shows how far a check or a backup is: while one is under way, the page's live regions are fetched once a second.
const pause = 1000;

async function look() {
  if (document.hidden || !document.querySelector('[data-busy]')) return;
  const answer = await fetch(location.pathname, { headers: { Accept: 'text/html' } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const old of document.querySelectorAll('[data-live]')) {
    const now = fresh.getElementById(old.id);
    if (now && now.innerHTML !== old.innerHTML) old.innerHTML = now.innerHTML;
  }
}

async function watch() {
  try { await look(); } catch { /* the server is away: the next look may find it */ }
  setTimeout(watch, pause);
}

watch();
