// Reads a map: the weight under the pointer with both tokens; a click chooses the query of the row.
import { go } from './walk.js';
import { point, say, stage } from './stage.js';

const digits = (weight) => (weight === null ? 'no finite number' : Number(weight.toPrecision(4)).toString().replace('-', '−'));

export function readMaps(ids) {
  for (const id of ids) {
    const state = stage(id, (data, layer) => { layer.dataset.ready = `${data.queries}×${data.keys}`; });
    const cell = (event, { queries, keys }) => {
      const { x, y } = point(event, state.layer);
      return { query: Math.floor(y * queries), key: Math.floor(x * keys) };
    };
    state.on('pointermove', (event, data) => {
      const { query, key } = cell(event, data), { tokens, keys, queries, weights } = data;
      const from = queries === keys ? `${query} ${tokens[query]}` : String(query);
      say(state.tip, event, `${from} → ${key} ${tokens[key]}: ${digits(weights[query * keys + key])}`);
    });
    state.layer.addEventListener('pointerleave', () => { state.tip.hidden = true; });
    state.on('click', (event, data) => go({ query: String(cell(event, data).query) }));
  }
}
