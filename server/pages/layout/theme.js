// Changes the colours in place; without this script the form does the same and loads the page again.
const form = document.querySelector('form.theme');

form.addEventListener('submit', async (event) => {
  const choice = event.submitter;
  if (!choice) return;
  event.preventDefault();
  const body = new URLSearchParams({ theme: choice.value });
  const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
  if (!answer.ok) return;
  if (choice.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice.value;
  for (const button of form.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button === choice));
  for (const source of document.querySelectorAll('picture > source')) source.media = choice.dataset.dark;
  document.dispatchEvent(new Event('themechange'));
});
