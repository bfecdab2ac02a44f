// A page that has nothing to show yet is loaded again when something happens to its run.
import { onNews } from './live.js';

export function waits() {
  const { run } = document.body.dataset;
  if (document.querySelector('[data-waits]')) onNews(({ events }) => { if (events?.some((event) => event.run === run)) location.reload(); });
}
