// Words how long ago a moment was: <time class="age" datetime="…">. What a page shows is kept right as time passes.
const units = [[60, 's'], [60, 'min'], [24, 'h'], [Infinity, 'd']];

function words(seconds) {
  if (seconds < 10) return 'just now';
  let value = seconds;
  for (const [size, short] of units) {
    if (value < size) return `${Math.floor(value)} ${short} ago`;
    value /= size;
  }
}

export function ages(region = document) {
  for (const time of region.querySelectorAll('time.age')) {
    time.title ||= time.textContent;
    time.textContent = words((Date.now() - new Date(time.dateTime)) / 1000);
  }
}

ages();
setInterval(() => { if (!document.hidden) ages(); }, 10_000);
document.addEventListener('visibilitychange', () => { if (!document.hidden) ages(); });
