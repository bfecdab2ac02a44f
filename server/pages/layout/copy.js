// Buttons that copy the text of an element, whose id data-copies names. Live regions may put them in place anew.
function show(root) {
  if (navigator.clipboard) for (const button of root.querySelectorAll('button[data-copies]')) button.hidden = false;
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest?.('button[data-copies]');
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
});
for (const region of document.querySelectorAll('[data-live]')) new MutationObserver(() => show(region)).observe(region, { childList: true });
show(document);
