// A dashboard's page: asks for the panels that are in sight, draws them, and shows values under the pointer.
"use strict";
const base = document.body.dataset.base;
const main = document.getElementById("dashboard");
const controls = document.getElementById("controls");
const tip = document.getElementById("tip");
const panels = new Map(); // figure -> what was drawn in it
const RETRY_SECONDS = 60;

async function ask(path) {
  const response = await fetch(base + path, { headers: { accept: "application/json" } });
  const answer = await response.json();
  if (!response.ok && !answer.problem) throw new Error(`the viewer answers ${response.status}`);
  return answer;
}

// -- firing alerts, on every page

async function showAlerts() {
  const menu = document.getElementById("firing");
  try {
    const answer = await ask("/api/alerts");
    menu.hidden = !answer.count;
    menu.querySelector("summary").textContent = answer.count === 1 ? "1 alert fires" : `${answer.count} alerts fire`;
    menu.querySelector(".sheet").innerHTML = answer.html || "";
  } catch {
    menu.hidden = true; // each panel says what is wrong
  }
}
showAlerts();
setInterval(showAlerts, RETRY_SECONDS * 1000);

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

const search = document.getElementById("search");
if (search) {
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const folder of document.querySelectorAll(".folder")) {
      const items = [...folder.querySelectorAll("li")];
      for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(wanted);
      folder.hidden = items.every((item) => item.hidden);
    }
  });
}

// -- a dashboard's panels

function query() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(controls)) if (name !== "refresh") asked.append(name, value);
  return asked;
}

function panelAddress(figure) {
  const asked = query();
  asked.set("width", Math.round(figure.querySelector(".chart").clientWidth));
  for (const pair of figure.dataset.only.split("\n")) if (pair) asked.append("only", pair);
  return `/api/panel/${main.dataset.uid}/${figure.dataset.key}?${asked}`;
}

async function load(figure) {
  const state = panels.get(figure);
  const turn = ++state.turn;
  figure.classList.add("loading");
  let answer;
  try {
    answer = await ask(panelAddress(figure));
  } catch (error) {
    answer = { problem: `the viewer doesn't answer (${error.message})`, notes: [], html: "" };
  }
  if (turn !== state.turn) return; // asked again meanwhile
  state.answer = answer;
  state.only = null;
  await draw(figure);
  figure.classList.remove("loading");
  figure.dataset.state = answer.problem ? "failed" : "drawn";
}

async function draw(figure) {
  const state = panels.get(figure);
  const { answer } = state;
  const notes = figure.querySelector(".notes");
  notes.textContent = [answer.problem, ...(answer.notes || [])].filter(Boolean).join("; ");
  notes.className = answer.problem ? "notes problem" : "notes";
  const html = figure.querySelector(".html");
  html.innerHTML = answer.html || "";
  for (const row of html.querySelectorAll("[data-series]")) row.addEventListener("click", () => single(figure, row));
  const chart = figure.querySelector(".chart");
  if (state.view) state.view.finalize();
  state.view = null;
  chart.replaceChildren();
  figure.classList.toggle("charted", Boolean(answer.spec));
  if (!answer.spec) return;
  const spec = sized(answer.spec, chart.clientWidth, chart.clientHeight);
  spec.config = answer.configs[theme()];
  spec.datasets = rows(answer.values, state.only);
  try {
    // with its interpreter Vega needs no eval, which the page's policy forbids
    const patch = (vega) => timed(vega, answer.values);
    const result = await vegaEmbed(chart, spec, { actions: false, ast: true, renderer: "canvas", defaultStyle: false, tooltip: false, patch });
    state.view = result.view;
  } catch (error) {
    notes.textContent = `it can't be drawn: ${error.message}`;
    notes.className = "notes problem";
  }
}

// Vega-Lite writes the ends of a time axis as an expression that the interpreter doesn't understand
function timed(vega, values) {
  for (const scale of vega.scales || []) if (scale.name === "x" && values.to) scale.domain = [values.from, values.to];
  return vega;
}

function sized(spec, width, height) {
  if (spec.hconcat) {
    const part = (width - 10 * spec.hconcat.length) / spec.hconcat.length;
    return { ...spec, spacing: 10, hconcat: spec.hconcat.map((each) => ({ ...each, width: part, height: height - 4 })) };
  }
  const space = spec.padding;
  if (space) return { ...spec, width: width - space.left - space.right, height: height - space.top - space.bottom, autosize: "none" };
  return { ...spec, width, height, autosize: { type: "fit", contains: "padding" } };
}

// as `rows` in charts.py
function rows(values, only) {
  const found = Object.fromEntries(Object.entries(values.datasets).map(([name, each]) => [name, [...each]]));
  values.series.forEach((one, number) => {
    if (only !== null && only !== number) return;
    const grid = values.grids[one.grid];
    for (const name of one.layers) {
      const target = (found[name] = found[name] || []);
      grid.forEach((at, index) => {
        const value = one.values[index];
        if (value === null && one.connected) return;
        target.push({ t: at, v: value === null ? null : one.sign * value, i: number, c: one.color });
      });
    }
  });
  return found;
}

function single(figure, row) {
  const state = panels.get(figure);
  const number = Number(row.dataset.series);
  state.only = state.only === number ? null : number;
  draw(figure).then(() => {
    for (const each of figure.querySelectorAll("[data-series]")) {
      each.classList.toggle("off", state.only !== null && Number(each.dataset.series) !== state.only);
    }
  });
}

// -- values under the pointer, and a choice of time by dragging

function time(at, seconds) {
  return new Date(at).toLocaleString("sv-SE", seconds ? {} : { dateStyle: "short", timeStyle: "short" });
}

function nearest(grid, at) {
  let low = 0;
  let high = grid.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (grid[middle] < at) low = middle;
    else high = middle;
  }
  return at - grid[low] < grid[high] - at ? low : high;
}

function under(figure, event) {
  const state = panels.get(figure);
  if (!state.view || !state.answer.values.step) return null;
  const canvas = figure.querySelector(".chart canvas");
  const x = event.clientX - canvas.getBoundingClientRect().left - state.view.origin()[0];
  const scale = state.view.scale("x");
  const [begin, end] = scale.range();
  return x < begin || x > end ? null : Number(scale.invert(x));
}

function line(color, name, text) {
  const row = document.createElement("tr");
  const [key, label, value] = [0, 1, 2].map(() => row.appendChild(document.createElement("td")));
  key.appendChild(document.createElement("span")).className = "key";
  key.firstChild.style.background = color;
  label.textContent = name;
  value.textContent = text;
  value.className = "number";
  return row;
}

function showValues(figure, event) {
  const at = under(figure, event);
  if (at === null) {
    tip.hidden = true;
    return;
  }
  const { answer, only } = panels.get(figure);
  const { series, grids, datasets, step } = answer.values;
  const found = [];
  series.forEach((one, number) => {
    const grid = grids[one.grid];
    if (!grid.length || (only !== null && only !== number)) return;
    const index = nearest(grid, at);
    if (Math.abs(grid[index] - at) <= step && one.values[index] !== null) found.push([one.values[index], one, one.texts[index]]);
  });
  found.sort((a, b) => b[0] - a[0]);
  const table = document.createElement("table");
  for (const [, one, text] of found.slice(0, 20)) table.appendChild(line(one.color, one.name, text));
  const marks = new Map((datasets.marks || []).filter((one) => one.t <= at + step && one.t2 >= at - step).map((one) => [one.text, one.c]));
  for (const [text, color] of [...marks].slice(0, 8)) table.appendChild(line(color, text, ""));
  const head = document.createElement("div");
  head.textContent = time(found.length ? Math.round(at / step) * step : at, true);
  tip.replaceChildren(head, table);
  if (found.length > 20) tip.append(`and ${found.length - 20} more`);
  tip.hidden = false;
  const left = event.clientX + 16 + tip.offsetWidth > innerWidth ? event.clientX - 16 - tip.offsetWidth : event.clientX + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 4))}px`;
}

function follow(figure) {
  const chart = figure.querySelector(".chart");
  const band = document.createElement("div");
  band.className = "band";
  let begun = null;
  chart.addEventListener("pointermove", (event) => {
    showValues(figure, event);
    if (begun) {
      const left = chart.getBoundingClientRect().left;
      band.style.left = `${Math.min(begun.x, event.clientX) - left}px`;
      band.style.width = `${Math.abs(event.clientX - begun.x)}px`;
    }
  });
  chart.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  chart.addEventListener("pointerdown", (event) => {
    const at = event.pointerType === "mouse" && event.button === 0 ? under(figure, event) : null;
    if (at === null) return;
    begun = { x: event.clientX, at };
    band.style.width = "0";
    chart.append(band);
    event.preventDefault();
  });
  addEventListener("pointerup", (event) => {
    if (!begun) return;
    const { x, at } = begun;
    const until = under(figure, event);
    begun = null;
    band.remove();
    if (until !== null && Math.abs(event.clientX - x) > 8) show(Math.round(Math.min(at, until)), Math.round(Math.max(at, until)));
  });
}

// -- the time that is shown

function submit() {
  for (const choice of controls.querySelectorAll(".choice")) {
    // nothing chosen means all that there is
    const boxes = [...choice.querySelectorAll("input:checked")];
    const all = boxes.find((box) => box.value === "$__all");
    if (all && boxes.length > 1) boxes.forEach((box) => (box.disabled = box !== all));
  }
  location.search = new URLSearchParams(new FormData(controls)).toString();
}

function show(since, until) {
  controls.elements.from.value = since;
  controls.elements.to.value = until;
  submit();
}

function local(at) {
  const moment = new Date(at);
  return new Date(at - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function start() {
  const since = Number(main.dataset.since);
  const until = Number(main.dataset.until);
  const [from, to] = [controls.elements.from.value, controls.elements.to.value];
  const relative = /^now-(\w+)$/.exec(from);
  document.getElementById("span").textContent = relative && to === "now" ? `last ${relative[1]}` : `${time(since)} to ${time(until)}`;
  document.getElementById("since").value = local(since);
  document.getElementById("until").value = local(until);
  document.getElementById("absolute").addEventListener("click", () => {
    const [begin, end] = ["since", "until"].map((id) => new Date(document.getElementById(id).value).getTime());
    if (begin < end) show(begin, end);
  });
  for (const button of controls.querySelectorAll("[data-since]")) button.addEventListener("click", () => show(button.dataset.since, "now"));
  const half = (until - since) / 2;
  const move = { earlier: [-half, -half], later: [half, half], wider: [-half, half] };
  for (const [id, [left, right]] of Object.entries(move)) {
    document.getElementById(id).addEventListener("click", () => show(Math.round(since + left), Math.round(until + right)));
  }
  controls.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  controls.addEventListener("change", (event) => {
    const { target } = event;
    if (target.name === "refresh") return every();
    if (target.type === "checkbox") {
      const boxes = [...target.closest(".choice").querySelectorAll("input[type=checkbox]")];
      const all = boxes.find((box) => box.value === "$__all");
      if (all && target.checked) boxes.forEach((box) => (box.checked = box === target || (box.checked && target !== all && box !== all)));
      return undefined; // several may be chosen before they are shown
    }
    return target.type === "search" || target.type === "datetime-local" ? undefined : submit();
  });
  for (const field of controls.querySelectorAll("input[type=search]")) {
    field.addEventListener("input", () => {
      for (const label of field.parentElement.querySelectorAll("label")) label.hidden = !label.textContent.toLowerCase().includes(field.value.toLowerCase());
    });
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const state = panels.get(entry.target);
        state.seen = entry.isIntersecting;
        if (state.seen && state.stale) {
          state.stale = false;
          load(entry.target);
        }
      }
    },
    { rootMargin: "150px" },
  );
  for (const figure of main.querySelectorAll(".panel")) {
    panels.set(figure, { turn: 0, stale: true, seen: false, only: null, view: null, answer: null, width: 0 });
    follow(figure);
    seen.observe(figure);
    new ResizeObserver(() => {
      const state = panels.get(figure);
      if (state.answer && state.width && state.width !== figure.clientWidth) draw(figure);
      state.width = figure.clientWidth;
    }).observe(figure);
  }
  document.getElementById("again").addEventListener("click", renew);
  document.addEventListener("theme", () => {
    for (const [figure, state] of panels) if (state.answer) draw(figure);
  });
  every();
}

function renew() {
  showAlerts();
  for (const [figure, state] of panels) {
    state.stale = !state.seen;
    if (state.seen) load(figure);
  }
}

let timer = 0;
function every() {
  clearInterval(timer);
  const found = /^(\d+)([sm])$/.exec(controls.elements.refresh.value);
  const moving = controls.elements.to.value.startsWith("now");
  if (found && moving) timer = setInterval(() => document.hidden || renew(), Number(found[1]) * (found[2] === "m" ? 60000 : 1000));
}

if (main) start();
