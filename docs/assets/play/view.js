// What is drawn: points and lines, the loss over the weights, the loss over the steps.
import { forward, mse, optimum } from "./core.js";

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
  label(WIDTH - RIGHT, HEIGHT - 6, across, "end") + label(LEFT, TOP - 8, up, "middle");

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
  const reach = 1.4 * Math.max(...best.map(Math.abs)) || 1; // every run starts at 0
  const [first, second] = best.map((value) => [value - reach, value + reach]);
  return best.length === 1 ? drawCurve(first, loss, runs, words) : drawValley(first, second, best, loss, runs);
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

// The lines of equal loss are ellipses about the best weights: along each direction the
// loss rises by a square, so one value of it says how far out the line is.
const drawValley = (first, second, best, loss, runs) => {
  const area = frame(first, second);
  const [least, start] = [loss(best), loss([0, 0])];
  const turns = Array.from({ length: 361 }, (_, k) => (k * Math.PI) / 180);
  const ways = turns.map((turn) => [Math.cos(turn) * (first[1] - best[0]), Math.sin(turn) * (second[1] - best[1])]);
  const rises = ways.map((way) => loss(best.map((value, j) => value + way[j])) - least);
  const lines = [1, 1 / 4, 1 / 16, 1 / 64, 1 / 256].map((share) => {
    const out = rises.map((rise) => Math.sqrt((share * (start - least)) / rise));
    return line(area, ways.map((way, k) => best.map((value, j) => value + out[k] * way[j])), "curve thin");
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
