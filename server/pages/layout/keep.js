// A form with data-keeps is not lost by mistake: a page with a changed text asks before it is left, and Ctrl-Enter sends it.
for (const form of document.querySelectorAll('form[data-keeps]')) {
  const text = form.querySelector('textarea');
  let sent = false;
  form.addEventListener('submit', () => { sent = true; });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  addEventListener('beforeunload', (event) => { if (!sent && text.value !== text.defaultValue) event.preventDefault(); });
}
