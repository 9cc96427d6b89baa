// A run: the weights and the loss over all data, step after step.
import { forward, grad, mse } from "./core.js";
import { rules } from "./rules.js";

export const rowsOf = (points, line) => points.map(([x]) => (line ? [x, 1] : [x]));

// Random numbers in [0, 1) from a seed (mulberry32, T. Ettinger): the same on every machine.
const draws = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

// The numbers of the samples of each step, shuffled anew for each epoch (Fisher and Yates).
export function* batches(n, size, seed) {
  const draw = draws(seed);
  const order = [...Array(n).keys()];
  for (;;) {
    if (size < n)
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(draw() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
    for (let i = 0; i < n; i += size) yield order.slice(i, i + size);
  }
}

// Return one entry a step, the start first: {w, loss}. It ends before a number overflows.
export const walk = (x, y, { rule, batch, seed, ...settings }, start, steps) => {
  const { init, update } = rules[rule](settings);
  const path = [{ w: start, loss: mse(y, forward(start, x)) }];
  const order = batches(y.length, Math.min(batch || y.length, y.length), seed);
  let [w, state] = [start, init(start)];
  while (path.length <= steps) {
    const rows = order.next().value;
    const [u, v] = [rows.map((i) => x[i]), rows.map((i) => y[i])];
    [w, state] = update(w, grad(u, v, forward(w, u)), state);
    const loss = mse(y, forward(w, x));
    if (!Number.isFinite(loss)) break;
    path.push({ w, loss });
  }
  return path;
};
