// Reads a map: the weight under the pointer with both tokens; a click chooses the query of the row.
import { go } from './walk.js';
import { point, say, stage } from './stage.js';

const digits = (weight) => (weight === null ? 'no finite number' : Number(weight.toPrecision(4)).toString().replace('-', '−'));

export function readMaps(ids) {
  for (const id of ids) {
    const state = stage(id, (data, layer) => { layer.dataset.ready = `${data.queries}×${data.keys}`; });
    const cell = (event) => {
      const { x, y } = point(event, state.layer), { queries, keys } = state.data;
      return { query: Math.floor(y * queries), key: Math.floor(x * keys) };
    };
    state.layer.addEventListener('pointermove', (event) => {
      const { query, key } = cell(event), { tokens, keys, queries, weights } = state.data;
      const from = queries === keys ? `${query} ${tokens[query]}` : String(query);
      say(state.tip, event, `${from} → ${key} ${tokens[key]}: ${digits(weights[query * keys + key])}`);
    });
    state.layer.addEventListener('pointerleave', () => { state.tip.hidden = true; });
    state.layer.addEventListener('click', (event) => go({ query: String(cell(event).query) }));
  }
}
