// node adam.js adam.json > results.json
const fs = require("fs");
const golden = JSON.parse(fs.readFileSync(process.argv[2], "utf-8"));
const [lr, gradients, rows] = ["lr", "gradients", "w"].map((k) => golden[k].decimal);

// The optimizer: yours stands here.
class Adam {
  constructor(beta1 = 0.9, beta2 = 0.999, eps = 1e-8) {
    Object.assign(this, { beta1, beta2, eps, t: 0, m: 0, v: 0 });
  }
  step(w, g, lr) {
    this.t += 1;
    this.m = this.beta1 * this.m + (1 - this.beta1) * g;
    this.v = this.beta2 * this.v + (1 - this.beta2) * g * g;
    const m = this.m / (1 - this.beta1 ** this.t);
    const v = this.v / (1 - this.beta2 ** this.t);
    return w - (lr * m) / (Math.sqrt(v) + this.eps);
  }
}

const w = [rows[0]];
const each = rows[0].map(() => new Adam());
for (let t = 0; t < gradients.length; t++)
  w.push(w[t].map((a, j) => each[j].step(a, gradients[t][j], lr[t])));
console.log(JSON.stringify({ w, case: golden.case }));
