// The playground: its whole state is the form's, so the address can hold it.
import { forward, maxLr, mse, optimum } from "./core.js";
import { rowsOf, walk } from "./run.js";
import * as view from "./view.js";

const MOST_STEPS = 5000, MOST_POINTS = 200;
const NEAR = 1e-3; // three digits of a learning rate are as near as one types it

// Two numbers; between tabs or semicolons a comma is a decimal point.
const readRow = (row) => {
  const cells = /[\t;]/.test(row) ? row.replaceAll(",", ".").split(/[\t;]/) : row.trim().split(/[\s,]+/);
  const numbers = cells.map((cell) => (cell.trim() ? Number(cell) : NaN));
  return numbers.length === 2 && numbers.every(Number.isFinite) ? numbers : null;
};

// The points, and the numbers of the lines that are none.
export const readPoints = (text) => {
  const rows = text.split(/\n/).map((row, i) => ({ point: readRow(row), line: i + 1, empty: !row.trim() }));
  const refused = rows.filter(({ point, empty }) => !point && !empty).map(({ line }) => line);
  return { points: rows.flatMap(({ point }) => (point ? [point] : [])).slice(0, MOST_POINTS), refused };
};

const writePoints = (points) => points.map((point) => point.map((value) => +value.toPrecision(4)).join(" ")).join("\n");

// What plain descent does with one weight, each step of which multiplies the error by a factor.
const verdict = (factor) => {
  if (Math.abs(factor + 1) < NEAR) return "turns";
  if (Math.abs(factor) < NEAR) return "lands";
  if (factor < 0) return factor < -1 ? "flies" : factor < -0.5 ? "swings" : "fast";
  return factor ** 20 > 0.5 ? "slow" : "steady";
};

const start = (box) => {
  const words = JSON.parse(box.querySelector("script").textContent);
  const form = box.querySelector("form");
  const field = form.elements;
  const panel = (name) => box.querySelector(`[data-panel="${name}"]`);
  let [points, area, timer] = [[], null, null];

  const settings = (name) => {
    const read = (key) => +field[`${name}_${key}`].value;
    const chosen = { rule: field[`${name}_rule`].value, lr: read("lr"), beta: read("beta"), batch: read("batch"), seed: read("seed") };
    return chosen.lr >= 0 && chosen.beta >= 0 && chosen.beta < 1 ? chosen : null;
  };

  const says = ({ path, name, chosen }, x, y, bound, steps) => {
    const { w, loss } = path.at(-1);
    const numbers = ["w", "b"].slice(0, w.length).map((label, j) => `${label} = ${view.write(w[j])}`).join(", ");
    const who = field.two.checked ? `${words[name]} · ` : "";
    const after = path.length === 2 ? words.after_one : words.after.replace("{}", path.length - 1);
    const text = [`${who}${after} ${numbers}; ${words.loss} = ${view.write(loss, 3)}.`];
    const whole = !chosen.batch || chosen.batch >= y.length;
    if (path.length <= steps) text.push(words.overflow);
    else if (chosen.rule === "plain" && whole && w.length === 1) {
      const factor = 1 - (2 * chosen.lr) / bound;
      text.push(words[verdict(factor)], words.factor.replace("{}", view.write(factor)));
    } else if (chosen.rule === "plain" && whole) text.push(chosen.lr > bound ? words.diverges : words.within);
    return text.join(" ");
  };

  const show = () => {
    const read = readPoints(field.data.value);
    points = read.points;
    const left = read.refused.length ? words.left_out.replace("{}", read.refused.join(", ")) : "";
    box.querySelector("[data-fault]").textContent = points.length ? left : words.fault;
    box.querySelector("[data-fault]").hidden = points.length > 0 && !left;
    if (!points.length) return;
    const [x, y] = [rowsOf(points, field.model.value === "line"), points.map(([, target]) => target)];
    const steps = Math.min(Math.max(Math.floor(+field.steps.value) || 0, 0), MOST_STEPS);
    const bound = maxLr(x);
    const names = field.two.checked ? ["a", "b"] : ["a"];
    const runs = names.map((name) => ({ name, chosen: settings(name) })).filter(({ chosen }) => chosen)
      .map((run) => ({ ...run, path: walk(x, y, run.chosen, x[0].map(() => 0), steps) }));
    area ??= view.dataFrame(points);
    const focused = document.activeElement?.dataset?.point;
    panel("data").innerHTML = view.drawData(area, points, runs, words);
    if (focused !== undefined) panel("data").querySelector(`[data-point="${focused}"]`)?.focus();
    panel("loss").innerHTML = view.drawLoss(x, y, runs, words);
    panel("course").innerHTML = runs.length ? view.drawCourse(runs, words) : "";
    const best = optimum(x, y);
    const least = best && `${words.best} ${best.map((value) => view.write(value)).join(", ")}; ${words.loss} ${view.write(mse(y, forward(best, x)), 3)}`;
    box.querySelector("[data-bound]").textContent = [`${words.bound} ${view.write(bound)}`, least].filter(Boolean).join(". ");
    const faults = runs.length < names.length ? [words.refused] : [];
    box.querySelector("[data-text]").textContent = [...runs.map((run) => says(run, x, y, bound, steps)), ...faults].join(" ");
    form.querySelector("fieldset[data-run=b]").hidden = !field.two.checked;
    for (const slider of form.querySelectorAll("input[data-rate]")) {
      slider.value = Math.log10(+field[slider.dataset.rate].value / bound);
      slider.setAttribute("aria-valuetext", field[slider.dataset.rate].value);
    }
  };

  const changed = () => {
    show();
    const [state, whole] = [`#${new URLSearchParams(new FormData(form))}`, box.querySelector("a[data-whole]")];
    if (whole) whole.hash = state;
    else history.replaceState(null, "", state);
  };
  const walkOn = (more) => {
    field.steps.value = Math.min(+field.steps.value + more, MOST_STEPS);
    changed();
  };
  const play = (on) => {
    clearInterval(timer);
    timer = on ? setInterval(() => walkOn(1), 200) : null;
    form.querySelector("[data-do=play]").setAttribute("aria-pressed", on);
  };
  const moved = (i, x, y) => {
    points[i] = [x, y];
    field.data.value = writePoints(points);
    changed();
  };
  const actions = {
    step: () => walkOn(1),
    more: () => walkOn(25),
    play: () => play(timer === null),
    reset: () => (play(false), (field.steps.value = 0), changed()),
    add: () => ((field.data.value += `\n${writePoints([[(area.x0 + area.x1) / 2, (area.y0 + area.y1) / 2]])}`), changed()),
    copy: () => {
      const button = form.querySelector("[data-do=copy]");
      const said = (text) => ((button.textContent = text), setTimeout(() => (button.textContent = words.do_copy), 2000));
      const show = () => window.prompt(words.do_copy, location.href);
      if (navigator.clipboard) navigator.clipboard.writeText(location.href).then(() => said(words.copied), show);
      else show(); // a page that is not served by https
    },
  };

  form.addEventListener("click", ({ target }) => actions[target.dataset.do]?.());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const { rate } = target.dataset;
    if (rate) field[rate].value = +(maxLr(rowsOf(points, field.model.value === "line")) * 10 ** target.value).toPrecision(3);
    if (target === field.data || target === field.model) area = null;
    changed();
  });

  const data = panel("data");
  data.addEventListener("pointerdown", (event) => {
    const i = event.target.dataset.point;
    if (i === undefined) return;
    event.preventDefault();
    data.setPointerCapture(event.pointerId);
    data.querySelector(`[data-point="${i}"]`).focus();
    const drag = ({ clientX, clientY }) => {
      const { left, top, width, height } = data.getBoundingClientRect();
      const [u, v] = [((clientX - left) / width) * view.WIDTH, ((clientY - top) / height) * view.HEIGHT];
      const [du, dv] = [area.u(1) - area.u(0), area.v(1) - area.v(0)];
      moved(i, (u - area.u(0)) / du, (v - area.v(0)) / dv);
    };
    const stop = () => {
      data.removeEventListener("pointermove", drag);
      area = null;
      show();
    };
    data.addEventListener("pointermove", drag);
    data.addEventListener("pointerup", stop, { once: true });
    data.addEventListener("pointercancel", stop, { once: true });
  });
  data.addEventListener("keydown", (event) => {
    const i = event.target.dataset.point;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (i === undefined || !way) return;
    event.preventDefault();
    const [x, y] = points[i];
    moved(i, x + (way[0] * (area.x1 - area.x0)) / 100, y + (way[1] * (area.y1 - area.y0)) / 100);
  });

  const given = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of given) {
    const place = field[name];
    if (!place || place.type === "checkbox") continue;
    const kept = place.value;
    place.value = value;
    if (!place.value) place.value = kept; // it is no choice, or no number
  }
  if (given.size) field.two.checked = given.has("two");
  form.hidden = false;
  show();
};

document.querySelectorAll(".play").forEach(start);
