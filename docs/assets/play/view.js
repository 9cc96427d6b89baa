// What is drawn: points and lines, the loss over the weights, the loss over the steps.
import { forward, mse, optimum, shape } from "./core.js";

export const WIDTH = 320, HEIGHT = 240;
const LEFT = 44, RIGHT = 10, TOP = 20, BOTTOM = 36;

const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

// The edges of the plot: which coordinate, where, and the sign of the side that is inside.
const EDGES = [[0, LEFT, 1], [0, WIDTH - RIGHT, -1], [1, TOP, 1], [1, HEIGHT - BOTTOM, -1]];
const outside = (place, [k, edge, side]) => (place[k] - edge) * side < 0;

// The part of a segment that is in the plot, or null: each edge cuts off what is beyond it.
const clip = (start, end) => EDGES.reduce((part, edge) => {
  const out = part?.map((place) => outside(place, edge));
  if (!part || out.every(Boolean)) return null;
  if (!out.some(Boolean)) return part;
  const [[from, to], [k, at]] = [part, edge];
  const share = (at - from[k]) / (to[k] - from[k]);
  const cut = from.map((value, i) => (i === k ? at : value + share * (to[i] - value)));
  return out[0] ? [cut, to] : [from, cut];
}, [start, end]);

// Where the numbers of an axis stand: 1, 2 or 5 times a power of ten apart.
const ticks = (low, high) => {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const gap = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough);
  const count = Math.floor(high / gap) - Math.ceil(low / gap) + 1;
  return Array.from({ length: count }, (_, k) => (Math.ceil(low / gap) + k) * gap);
};

export const write = (value, digits = 4) => `${+value.toPrecision(digits)}`.replace("-", "−");

export const frame = ([x0, x1], [y0, y1]) => {
  const [u, v] = [scale(x0, x1, LEFT, WIDTH - RIGHT), scale(y0, y1, HEIGHT - BOTTOM, TOP)];
  return { u, v, x0, x1, y0, y1 };
};

const label = (u, v, text, anchor) => `<text x="${u}" y="${v}" text-anchor="${anchor}">${text}</text>`;

const grid = ({ u, v, x0, x1, y0, y1 }, [across, up], power = (value) => write(value)) =>
  `<path class="axis" d="M${LEFT},${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}"/>` +
  ticks(x0, x1).map((x) => label(u(x), HEIGHT - BOTTOM + 14, write(x), "middle")).join("") +
  ticks(y0, y1).map((y) => label(LEFT - 5, v(y) + 4, power(y), "end")).join("") +
  label(WIDTH - RIGHT, HEIGHT - 6, across, "end") + label(LEFT, TOP - 8, up, "start");

const put = (place) => place.map((value) => value.toFixed(1)).join();

const line = ({ u, v }, points, name) => {
  const places = points.map(([x, y]) => [u(x), v(y)]);
  const parts = places.slice(1).map((place, k) => clip(places[k], place));
  const joined = parts.map((part, k) =>
    !part ? "" : parts[k - 1]?.[1] === part[0] ? ` ${put(part[1])}` : `M${put(part[0])} ${put(part[1])}`);
  return `<path class="${name}" d="${joined.join("")}"/>`;
};

const dots = ({ u, v }, points, name) => {
  const inside = points.map(([x, y]) => [u(x), v(y)]).filter((place) => !EDGES.some((edge) => outside(place, edge)));
  return `<path class="dots ${name}" d="${inside.map((place) => `M${put(place)}h0`).join("")}"/>`;
};

const span = (values, margin) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const more = margin * (high - low || Math.abs(high) || 1);
  return [low - more, high + more];
};

export const dataFrame = (points) => frame(...[0, 1].map((k) => span([0, ...points.map((point) => point[k])], 0.12)));

export const drawData = (area, points, runs, words) => {
  const lines = runs.map(({ path, name }) => {
    const [slope, level = 0] = path.at(-1).w;
    return line(area, [area.x0, area.x1].map((x) => [x, slope * x + level]), `path ${name}`);
  });
  const circles = points.map(([x, y], i) =>
    `<circle class="point" data-point="${i}" tabindex="0" role="img" r="6" cx="${area.u(x)}" cy="${area.v(y)}" ` +
    `aria-label="${words.point} ${i + 1}: x ${write(x)}, y ${write(y)}"/>`);
  return grid(area, ["x", "y"]) + lines.join("") + circles.join("");
};

export const drawLoss = (x, y, runs, words) => {
  const best = optimum(x, y);
  if (!best) return "";
  const loss = (w) => mse(y, forward(w, x));
  if (best.length === 2) return drawValley(shape(x), best, loss, runs);
  const reach = 1.4 * Math.abs(best[0]) || 1; // every run starts at 0
  return drawCurve([best[0] - reach, best[0] + reach], loss, runs, words);
};

const drawPaths = (area, runs, place) =>
  runs.map(({ path, name }) => {
    const points = path.map(place);
    return line(area, points, `path ${name}`) + dots(area, points, name);
  }).join("");

const drawCurve = ([low, high], loss, runs, words) => {
  const ws = Array.from({ length: 81 }, (_, k) => low + ((high - low) * k) / 80);
  const area = frame([low, high], [0, 1.05 * Math.max(...ws.map((w) => loss([w])))]);
  const paths = drawPaths(area, runs, ({ w, loss: height }) => [w[0], height]);
  return grid(area, ["w", words.loss]) + line(area, ws.map((w) => [w, loss([w])]), "curve") + paths;
};

// The axes hold the way from the start, 0, down the steepest slope to the floor of the valley
// and along it to the best weights; no axis is so short that the loss hardly changes across it.
const valleyFrame = ([a, b, c], best) => {
  const turn = Math.atan2(2 * b, a - c) / 2;
  const steep = [Math.cos(turn), Math.sin(turn)];
  const down = best[0] * steep[0] + best[1] * steep[1];
  const rises = [a, c].map(Math.sqrt);
  const ends = best.map((value, j) => [0, value, down * steep[j]]);
  const widths = ends.map((at) => Math.max(...at) - Math.min(...at));
  const least = Math.max(...widths.map((width, j) => width * rises[j])) / 4 || 1;
  return frame(...ends.map((at, j) => {
    const middle = (Math.max(...at) + Math.min(...at)) / 2;
    const reach = 1.1 * Math.max(widths[j], least / rises[j]);
    return [middle - reach, middle + reach];
  }));
};

// The lines of equal loss are ellipses about the best weights. With xᵀx / n = l lᵀ, where l
// is lower triangular, each is a circle in lᵀ times the way from the best weights.
const drawValley = ([a, b, c], best, loss, runs) => {
  const area = valleyFrame([a, b, c], best);
  const excess = Math.max(loss([0, 0]) - loss(best), 0);
  const upper = [Math.sqrt(a), b / Math.sqrt(a), Math.sqrt(Math.max(c - (b * b) / a, Number.EPSILON * c))];
  const turns = Array.from({ length: 361 }, (_, k) => (k * Math.PI) / 180);
  const lines = [4, 1, 1 / 4, 1 / 16, 1 / 64, 1 / 256].map((share) => {
    const radius = Math.sqrt(share * excess);
    const places = turns.map((turn) => {
      const level = (radius * Math.sin(turn)) / upper[2];
      return [best[0] + (radius * Math.cos(turn) - upper[1] * level) / upper[0], best[1] + level];
    });
    return line(area, places, "curve thin");
  });
  return grid(area, ["w", "b"]) + lines.join("") + drawPaths(area, runs, ({ w }) => w);
};

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (k) => `10${`${k}`.replace("-", "⁻").replace(/\d/g, (digit) => RAISED[digit])}`;

export const drawCourse = (runs, words) => {
  const logs = runs.map(({ path }) => path.map(({ loss }, t) => [t, Math.log10(Math.max(loss, 1e-33))]));
  const heights = logs.flat().map(([, height]) => height);
  const [low, high] = [Math.floor(Math.min(...heights) - 0.1), Math.ceil(Math.max(...heights) + 0.1)];
  const area = frame([0, Math.max(25, ...logs.map((log) => log.length - 1))], [low, high]);
  const lines = logs.map((log, k) => line(area, log, `path ${runs[k].name}`));
  return grid(area, [words.steps, words.loss], (k) => (Number.isInteger(k) ? power(k) : "")) + lines.join("");
};
