// Gradient descent on y = x · w: src/refgd/core.py in JavaScript, line for line. x is a
// list of rows, w a list of as many weights; no input is changed. The number after a line
// is its equation's.
const sum = (values) => values.reduce((total, value) => total + value, 0);
const dot = (a, b) => sum(a.map((value, i) => value * b[i]));
const column = (x, j) => x.map((row) => row[j]);
const less = (a, b) => a.map((value, i) => value - b[i]);

export const forward = (w, x) => x.map((row) => dot(row, w)); // (1)

export const mse = (y, yPred) => dot(less(yPred, y), less(yPred, y)) / y.length; // (2)

export const grad = (x, y, yPred) =>
  x[0].map((_, j) => (2 * dot(column(x, j), less(yPred, y))) / y.length); // (3)

export const step = (w, dw, lr) => w.map((value, j) => value - lr * dw[j]); // (4)

// xᵀx / n, whose entries are, for two weights, [a, b] and [b, c]: the loss is a square in it.
export const shape = (x) => [[0, 0], [0, 1], [1, 1]].map(([i, j]) => dot(column(x, i), column(x, j)) / x.length);

// The largest eigenvalue of the loss's second derivative, 2 xᵀx / n, for one weight or two.
const steepest = (x) => {
  const [a, b, c] = shape(x);
  return x[0].length === 1 ? 2 * a : a + c + Math.hypot(a - c, 2 * b);
};

// The sharp bound: up to it no step of plain descent raises the loss; beyond it some do.
export const maxLr = (x) => 2 / steepest(x);

// The weights of least loss. Of a line by the means, which rounds least; null if there are many.
export const optimum = (x, y) => {
  const u = column(x, 0);
  if (x[0].length === 1) return dot(u, u) ? [dot(u, y) / dot(u, u)] : null;
  const [mean, level] = [sum(u) / u.length, sum(y) / y.length];
  const centred = u.map((value) => value - mean);
  const square = dot(centred, centred);
  if (!square) return null;
  const slope = dot(centred, y.map((value) => value - level)) / square;
  return [slope, level - slope * mean];
};
