// The rules of refgd.optimizers, at their defaults: each is a pair of pure functions, where
// update takes w, dw and a state, and returns the next w and state. src/refgd/optimizers
// derives them; where ε = 0, a weight that has had no gradient yet divides 0 by 0, and rests.
import { step } from "./core.js";

const zeros = (w) => w.map(() => 0);
const zip = (a, b, f) => a.map((value, j) => f(value, b[j]));
const ema = (beta, m, g) => zip(m, g, (one, other) => beta * one + (1 - beta) * other);
const over = (a, b) => zip(a, b, (one, other) => (one === 0 && other === 0 ? 0 : one / other));
const squares = (dw) => dw.map((g) => g * g);

const momentum = (nesterov) => ({ lr, beta }) => ({
  init: zeros,
  update: (w, dw, old) => {
    const v = zip(old, dw, (velocity, g) => beta * velocity + lr * g);
    return [step(w, nesterov ? zip(v, dw, (velocity, g) => beta * velocity + lr * g) : v, 1), v];
  },
});

export const rules = {
  plain: ({ lr }) => ({ init: zeros, update: (w, dw, state) => [step(w, dw, lr), state] }),
  heavyBall: momentum(false),
  nesterov: momentum(true),
  adagrad: ({ lr }) => ({
    init: zeros,
    update: (w, dw, old) => {
      const v = zip(old, squares(dw), (total, square) => total + square);
      return [step(w, over(dw, v.map(Math.sqrt)), lr), v];
    },
  }),
  rmsprop: ({ lr, beta }) => ({
    init: zeros,
    update: (w, dw, old) => {
      const v = ema(beta, old, squares(dw));
      return [step(w, over(dw, v.map(Math.sqrt)), lr), v];
    },
  }),
  adam: ({ lr, beta, beta2 = 0.999, eps = 1e-8 }) => ({
    init: (w) => ({ t: 0, m: zeros(w), v: zeros(w) }),
    update: (w, dw, { t: before, m: first, v: second }) => {
      const [t, m, v] = [before + 1, ema(beta, first, dw), ema(beta2, second, squares(dw))];
      const [c1, c2] = [beta, beta2].map((b) => -Math.expm1(t * Math.log(b)));
      const scale = v.map((square) => Math.sqrt(square / c2) + eps);
      return [step(w, over(m.map((value) => value / c1), scale), lr), { t, m, v }];
    },
  }),
};

// A learning rate that gets somewhere: the adaptive rules step by about it, whatever the slope.
export const usualRates = { adagrad: 0.5, rmsprop: 0.1, adam: 0.1 };
