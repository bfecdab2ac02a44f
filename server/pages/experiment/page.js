// Arrow keys walk through the grid of the plan, from trial to trial.
import { bind } from '/assets/layout/keys.js';

const plan = document.getElementById('plan');
const cells = () => [...plan.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('.cell')]);

function walk(down, right) {
  const grid = cells();
  const row = grid.findIndex((list) => list.some((cell) => cell.contains(document.activeElement)));
  if (row < 0) return false;
  const column = grid[row].findIndex((cell) => cell.contains(document.activeElement));
  for (let r = row + down, c = column + right; grid[r]?.[c]; r += down, c += right) {
    const link = grid[r][c].querySelector('a');
    if (link) { link.focus(); return true; }
  }
  return true;
}

for (const [key, down, right] of [['ArrowUp', -1, 0], ['ArrowDown', 1, 0], ['ArrowLeft', 0, -1], ['ArrowRight', 0, 1]]) {
  bind(key, 'walk through the plan', () => walk(down, right), plan);
}
