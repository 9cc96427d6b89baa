// What is drawn: points and lines, the loss over the weights, the loss over the steps.
import { forward, mse, optimum } from "./core.js";

export const WIDTH = 320, HEIGHT = 240;
const LEFT = 44, RIGHT = 10, TOP = 10, BOTTOM = 26;

const scale = (low, high, from, to) => (value) => {
  const at = from + ((value - low) / (high - low || 1)) * (to - from);
  return Math.min(Math.max(at, -9999), 9999); // what is far outside is cut off there
};

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
  ticks(x0, x1).map((x) => label(u(x), HEIGHT - 10, write(x), "middle")).join("") +
  ticks(y0, y1).map((y) => label(LEFT - 5, v(y) + 4, power(y), "end")).join("") +
  label(WIDTH - RIGHT, HEIGHT - BOTTOM - 6, across, "end") + label(LEFT + 6, TOP + 10, up, "start");

// What is drawn inside this ends at the edges of the picture.
const inside = (drawing) => {
  const place = `x="${LEFT}" y="${TOP}" width="${WIDTH - LEFT - RIGHT}" height="${HEIGHT - TOP - BOTTOM}"`;
  return `<svg ${place} viewBox="${LEFT} ${TOP} ${WIDTH - LEFT - RIGHT} ${HEIGHT - TOP - BOTTOM}">${drawing}</svg>`;
};

// The two ends of y = slope · x + level at the edges of the picture; none if it is outside.
export const ends = ({ x0, x1, y0, y1 }, slope, level) => {
  const [left, right] = slope ? [y0, y1].map((y) => (y - level) / slope).sort((a, b) => a - b) : [x0, x1];
  const [from, to] = [Math.max(x0, left), Math.min(x1, right)];
  return from <= to ? [from, to].map((x) => [x, slope * x + level]) : [];
};

const line = ({ u, v }, points, name) =>
  !points.length ? "" : `<path class="${name}" d="M${points.map(([x, y]) => `${u(x).toFixed(1)},${v(y).toFixed(1)}`).join(" ")}"/>`;

const dots = ({ u, v }, points, name) =>
  `<path class="dots ${name}" d="${points.map(([x, y]) => `M${u(x).toFixed(1)},${v(y).toFixed(1)}h0`).join("")}"/>`;

const span = (values, margin) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const more = margin * (high - low || Math.abs(high) || 1);
  return [low - more, high + more];
};

export const dataFrame = (points) => frame(...[0, 1].map((k) => span([0, ...points.map((point) => point[k])], 0.12)));

export const drawData = (area, points, runs, words) => {
  const lines = runs.map(({ path, name }) => {
    const [slope, level = 0] = path.at(-1).w;
    return line(area, ends(area, slope, level), `path ${name}`);
  });
  const circles = points.map(([x, y], i) =>
    `<circle class="point" data-point="${i}" tabindex="0" role="img" r="6" cx="${area.u(x)}" cy="${area.v(y)}" ` +
    `aria-label="${words.point} ${i + 1}: x ${write(x)}, y ${write(y)}"/>`);
  return grid(area, ["x", "y"]) + inside(lines.join("")) + circles.join("");
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
  return grid(area, ["w", words.loss]) + inside(line(area, ws.map((w) => [w, loss([w])]), "curve") + paths);
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
  return grid(area, ["w", "b"]) + inside(lines.join("") + drawPaths(area, runs, ({ w }) => w));
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
