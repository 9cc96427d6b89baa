/* cc adam.c -lm -o adam && ./adam < adam.txt > results.txt */
#include <math.h>
#include <stdio.h>

enum { MOST = 100 };

/* The optimizer: yours stands here. */
static double m[MOST], v[MOST];

static double step(double w, double g, double lr, int t, int j) {
  const double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  m[j] = beta1 * m[j] + (1 - beta1) * g;
  v[j] = beta2 * v[j] + (1 - beta2) * g * g;
  double m_hat = m[j] / (1 - pow(beta1, t));
  double v_hat = v[j] / (1 - pow(beta2, t));
  return w - lr * m_hat / (sqrt(v_hat) + eps);
}

static double read_number(void) {
  double x = NAN;
  if (scanf("%lf", &x) != 1) fprintf(stderr, "a number is missing\n");
  return x;
}

int main(void) {
  static double lr[MOST], g[MOST][MOST], w[MOST];
  int steps = (int)read_number(), d = (int)read_number();
  if (steps > MOST || d > MOST) return 1;
  for (int t = 0; t < steps; t++) lr[t] = read_number();
  for (int t = 0; t < steps; t++)
    for (int j = 0; j < d; j++) g[t][j] = read_number();
  for (int j = 0; j < d; j++) w[j] = read_number();
  for (int t = 0; t <= steps; t++) /* a row of the weights, then a step */
    for (int j = 0; j < d; j++) {
      printf("%.17g%c", w[j], j < d - 1 ? ' ' : '\n');
      if (t < steps) w[j] = step(w[j], g[t][j], lr[t], t + 1, j);
    }
  return 0;
}
