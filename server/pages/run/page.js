// Walks through attention maps with the keyboard: the form's choices, one step at a time.
const form = document.getElementById('attention-form');
const keys = { ArrowLeft: ['step', -1], ArrowRight: ['step', 1], ArrowUp: ['layer', -1], ArrowDown: ['layer', 1], '[': ['head', -1], ']': ['head', 1] };

if (form) {
  document.querySelector('.hint').hidden = false;
  document.querySelector('figure.attention').tabIndex = 0;
  document.querySelector('figure.attention').addEventListener('keydown', (event) => {
    const [name, by] = keys[event.key] ?? [];
    if (!name) return;
    event.preventDefault();
    const field = form.elements[name];
    const to = field.selectedIndex + by;
    if (to < 0 || to >= field.options.length) return;
    field.selectedIndex = to;
    sessionStorage.setItem('walking', '1');
    form.requestSubmit();
  });
  if (sessionStorage.getItem('walking')) {
    sessionStorage.removeItem('walking');
    document.querySelector('figure.attention').focus({ preventScroll: false });
  }
}
