// The playground: its whole state is the form's, so the address can hold it.
import { forward, maxLr, mse, optimum } from "./core.js";
import { readPoints, writePoint } from "./points.js";
import { usualRates } from "./rules.js";
import { rowsOf, walk } from "./run.js";
import * as view from "./view.js";

const NEAR = 1e-3; // three digits of a learning rate are as near as one types it

// What plain descent does with one weight, each step of which multiplies the error by a factor.
const verdict = (factor) => {
  if (Math.abs(factor + 1) < NEAR) return "turns";
  if (Math.abs(factor) < NEAR) return "lands";
  if (factor < 0) return factor < -1 ? "flies" : factor < -0.5 ? "swings" : "fast";
  return factor ** 20 > 0.5 ? "slow" : "steady";
};

// Whether a number's field holds one that a run can take; what its arrows skip it can.
const fits = ({ value, validity, step }) =>
  value !== "" && !validity.rangeUnderflow && !validity.rangeOverflow && !(validity.stepMismatch && +step === 1);

// Put a link's state into a form; return what was not understood, which stays at its default.
const readLink = (fields, state) => {
  const given = [...new URLSearchParams(state)];
  const put = ([name, value]) => {
    const input = fields.namedItem(name);
    if (!input) return false;
    if (input.type === "checkbox") return (input.checked = true);
    const before = input.value;
    input.value = value;
    const taken = input.type === "number" ? fits(input) : input.type !== "select-one" || input.selectedIndex >= 0;
    if (!taken) input.value = before;
    return taken;
  };
  if (given.length) fields.two.checked = false;
  return given.filter((entry) => !put(entry)).map((entry) => entry.join("="));
};

const fill = (text, ...values) => values.reduce((filled, value) => filled.replace("{}", () => value), text);

const start = (box) => {
  const words = JSON.parse(box.querySelector("script").textContent);
  const form = box.querySelector("form");
  const field = form.elements;
  const panel = (name) => box.querySelector(`[data-panel="${name}"]`);
  let [points, lines, area, timer, unread] = [[], [], null, null, []];

  // A number of the form, its default where what stands there does not fit.
  const read = (name) => +(fits(field[name]) ? field[name].value : field[name].defaultValue);
  const settings = (name) => ({
    rule: field[`${name}_rule`].value,
    ...Object.fromEntries(["lr", "beta", "batch", "seed"].map((key) => [key, read(`${name}_${key}`)])),
  });
  const faults = (names) => [...form.querySelectorAll("input[type=number]")]
    .filter((input) => !fits(input) && (input === field.steps || names.includes(input.name[0])))
    .map(({ labels, min, max, defaultValue }) => fill(words.number_fault, labels[0].innerText, min, max || "∞", defaultValue));

  // An alert is read aloud when it changes, so it stays as it is while it says the same.
  const tell = (text) => {
    const alert = box.querySelector("[data-fault]");
    if (alert.textContent !== text) alert.textContent = text;
    alert.hidden = !text;
  };

  const leftOut = (left) =>
    left.length === 1 ? fill(words.left_one, left[0])
      : left.length && fill(words.left_many, left.length, left.slice(0, 5).join(", ") + (left.length > 5 ? " …" : ""));

  const says = ({ path, name, chosen }, x, y, bound, steps) => {
    const { w, loss } = path.at(-1);
    const numbers = ["w", "b"].slice(0, w.length).map((label, j) => `${label} = ${view.write(w[j])}`).join(", ");
    const who = field.two.checked ? `${words[name]} · ` : "";
    const text = [`${who}${fill(path.length === 2 ? words.after_one : words.after, path.length - 1)} ${numbers}; ${words.loss} = ${view.write(loss, 3)}.`];
    const whole = !chosen.batch || chosen.batch >= y.length;
    if (path.length <= steps) text.push(words.overflow);
    else if (chosen.rule === "plain" && whole && w.length === 1) {
      const factor = 1 - (2 * chosen.lr) / bound;
      text.push(words[verdict(factor)], fill(words.factor, view.write(factor)));
    } else if (chosen.rule === "plain" && whole) text.push(chosen.lr > bound ? words.diverges : words.within);
    return text.join(" ");
  };

  const show = () => {
    let left;
    ({ points, lines, left } = readPoints(field.data.value));
    const names = field.two.checked ? ["a", "b"] : ["a"];
    const said = [unread.length && fill(words.link_fault, unread.join(", ")), ...faults(names), leftOut(left), !points.length && words.fault];
    tell(said.filter(Boolean).join(" "));
    if (!points.length) return;
    const [x, y] = [rowsOf(points, field.model.value === "line"), points.map(([, target]) => target)];
    const steps = read("steps");
    const bound = maxLr(x);
    const runs = names.map((name) => ({ name, chosen: settings(name) }))
      .map((run) => ({ ...run, path: walk(x, y, run.chosen, x[0].map(() => 0), steps) }));
    area ??= view.dataFrame(points);
    const focused = document.activeElement?.dataset?.point;
    panel("data").innerHTML = view.drawData(area, points, runs, words);
    if (focused !== undefined) panel("data").querySelector(`[data-point="${focused}"]`)?.focus();
    panel("loss").innerHTML = view.drawLoss(x, y, runs, words);
    panel("course").innerHTML = view.drawCourse(runs, words);
    const best = optimum(x, y);
    const least = best && `${words.best} ${best.map((value) => view.write(value)).join(", ")}; ${words.loss} ${view.write(mse(y, forward(best, x)), 3)}`;
    box.querySelector("[data-bound]").textContent = [`${words.bound} ${view.write(bound)}`, least].filter(Boolean).join(". ");
    box.querySelector("[data-text]").textContent = runs.map((run) => says(run, x, y, bound, steps)).join(" ");
    form.querySelector("fieldset[data-run=b]").hidden = !field.two.checked;
    for (const slider of form.querySelectorAll("input[data-rate]")) {
      slider.value = Math.log10(Math.max(read(slider.dataset.rate), 1e-99) / bound);
      slider.setAttribute("aria-valuetext", read(slider.dataset.rate));
    }
  };

  // The page in another language opens with the same state.
  const keep = (state) => document.querySelectorAll("a[hreflang]").forEach((link) => (link.hash = state));
  const changed = () => {
    unread = [];
    form.querySelector("[data-copied]").textContent = "";
    form.querySelector("[data-address]").hidden = true;
    show();
    const [state, whole] = [`#${new URLSearchParams(new FormData(form))}`, box.querySelector("a[data-whole]")];
    keep(state);
    if (whole) whole.hash = state;
    else history.replaceState(null, "", state);
  };
  const walkOn = (more) => {
    field.steps.value = Math.min(read("steps") + more, +field.steps.max);
    changed();
    if (read("steps") >= +field.steps.max) play(false);
  };
  const play = (on) => {
    clearInterval(timer);
    timer = on ? setInterval(() => walkOn(1), 200) : null;
    form.querySelector("[data-do=play]").textContent = on ? words.do_pause : words.do_play;
  };
  const setRate = (name, share) => {
    field[name].value = +(share * maxLr(rowsOf(points, field.model.value === "line"))).toPrecision(3);
    changed();
  };
  // A new rule brings its own rate, unless the user chose one.
  const rules = {};
  const ruled = (name) => {
    const [input, rule] = [field[`${name}_lr`], field[`${name}_rule`].value];
    const given = +input.defaultValue;
    if ([given, usualRates[rules[name]]].includes(+input.value)) input.value = usualRates[rule] ?? given;
    rules[name] = rule;
  };
  const moved = (i, x, y) => {
    const rows = field.data.value.split("\n");
    rows[lines[i]] = writePoint([x, y]);
    field.data.value = rows.join("\n");
    changed();
  };
  const actions = {
    step: () => walkOn(1),
    more: () => walkOn(25),
    play: () => play(timer === null),
    reset: () => (play(false), (field.steps.value = 0), changed()),
    add: () => {
      const { x0, x1, y0, y1 } = area ?? view.dataFrame([[2, 2]]);
      field.data.value += `\n${writePoint([(x0 + x1) / 2, (y0 + y1) / 2])}`;
      changed();
    },
    quarter: (name) => points.length && setRate(name, 1 / 4),
    copy: async () => {
      changed();
      // a page that did not come over https has no clipboard, and a browser may refuse it
      const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
      const [status, address] = [form.querySelector("[data-copied]"), form.querySelector("[data-address]")];
      status.textContent = copied ? words.copied : words.address;
      address.hidden = Boolean(copied);
      address.value = location.href;
      if (!copied) address.select();
    },
  };

  form.addEventListener("click", ({ target }) => actions[target.dataset.do]?.(target.dataset.of));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const { rate } = target.dataset;
    if (rate) return points.length && setRate(rate, 10 ** target.value);
    if (target.name.endsWith("_rule")) ruled(target.name[0]);
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

  const state = location.hash.slice(1);
  if (state.includes("=")) {
    unread = readLink(field, state);
    keep(state);
  }
  for (const name of ["a", "b"]) rules[name] = field[`${name}_rule`].value;
  form.hidden = false;
  show();
};

document.querySelectorAll(".play").forEach(start);
