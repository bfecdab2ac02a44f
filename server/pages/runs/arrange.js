// Arranging columns: their heads are dragged, or moved with Alt and the arrows, to another place among those that are pinned as
// they are; pinned ones stay beside the runs' names; the panel's list is searched.
export function arrange(box) {
  const heads = [...box.querySelectorAll('th[data-column]')];
  let dragged;
  for (const head of heads) {
    head.draggable = true;
    head.addEventListener('dragstart', (event) => { dragged = head; event.dataTransfer.setData('text/plain', head.dataset.column); event.dataTransfer.effectAllowed = 'move'; });
    head.addEventListener('dragover', (event) => { if (fits(dragged, head)) { event.preventDefault(); head.classList.add('over'); } });
    head.addEventListener('dragleave', () => head.classList.remove('over'));
    head.addEventListener('drop', (event) => { event.preventDefault(); if (fits(dragged, head)) go(moved(heads, dragged, head)); });
    head.querySelector('.sort').addEventListener('keydown', (event) => {
      const by = { ArrowLeft: 'left', ArrowRight: 'right' }[event.key];
      if (!event.altKey || !by) return;
      event.preventDefault();
      head.querySelector(`[data-move=${by}]`)?.click();
    });
  }

  const fits = (from, to) => from && from !== to && ('pinned' in from.dataset) === ('pinned' in to.dataset);
  const go = (columns) => {
    const address = new URL(box.dataset.arrange, location.href);
    const names = (pinned) => columns.filter((c) => ('pinned' in c.dataset) === pinned).map((c) => c.dataset.column).join(', ');
    if (names(true)) address.searchParams.set('pinned', names(true));
    address.searchParams.set('columns', names(false));
    location.assign(address);
  };
}

// moved is the order in which one head stands at the place of another.
function moved(heads, from, to) {
  const order = heads.filter((head) => head !== from);
  order.splice(heads.indexOf(to), 0, from);
  return order;
}

// stick tells the cells of pinned columns how far from the left they stay.
export function stick(box) {
  const cells = [...box.querySelector('thead tr').cells];
  let left = cells[0].getBoundingClientRect().width;
  cells.forEach((cell, i) => {
    if (!('pinned' in cell.dataset)) return;
    box.style.setProperty(`--left-${i}`, `${left}px`);
    left += cell.getBoundingClientRect().width;
  });
}

// search hides what does not have the letters.
export function search(input) {
  const labels = [...document.getElementById(input.dataset.finds).querySelectorAll('label')];
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    for (const label of labels) label.hidden = !label.textContent.toLowerCase().includes(wanted);
  });
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
}
