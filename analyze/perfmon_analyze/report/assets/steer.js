// Zooming, moving, reading value by value, and switching lines on and off: with a mouse, fingers or keys.
"use strict";

perfmon.draw = (plot) => {
  const figure = plot.closest("figure");
  const chart = perfmon.charts[figure.id];
  const panel = chart.panels[plot.dataset.panel];
  const marks = perfmon.marks(panel);
  const most = perfmon.extent(panel.marks, "y")[1];
  const first = !perfmon.drawn.has(plot);
  const kept = first ? null : perfmon.isHome(plot) ? null : perfmon.shown(plot);
  Object.assign(plot, { panel, chart, marks, most, home: perfmon.home(panel) });
  const range = kept || { ...plot.home, x: perfmon.followed(plot) || plot.home.x };
  Plotly.react(plot, marks.map((mark) => perfmon.trace(panel, chart, mark, most)), perfmon.layout(panel, range), perfmon.config);
  perfmon.drawn.add(plot);
  if (!first) return;
  plot.on("plotly_relayout", (change) => perfmon.relaid(plot, change));
  plot.on("plotly_hover", (event) => perfmon.echo(plot, event));
  plot.on("plotly_unhover", () => perfmon.beside(plot).forEach((other) => Plotly.Fx.unhover(other)));
  plot.addEventListener("dblclick", () => perfmon.reset(figure));
  plot.addEventListener("keydown", (event) => perfmon.key(plot, event));
};

// The other panels of a chart over time.
perfmon.beside = (plot) =>
  [...plot.closest("figure").querySelectorAll(".plot")].filter((other) => other !== plot && perfmon.isTime(other) && perfmon.drawn.has(other));

// Where one panel is pointed at, the others of its chart tell their values, too.
perfmon.echo = (plot, event) => {
  if (!perfmon.isTime(plot)) return;
  perfmon.beside(plot).forEach((other) => Plotly.Fx.hover(other, { xval: event.points[0].x }, "xy", true));
};

perfmon.shown = (plot) => ({ x: [...plot.layout.xaxis.range], y: [...plot.layout.yaxis.range] });

perfmon.near = (a, b) => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) < 1e-6 * (Math.abs(b[1] - b[0]) || 1);

perfmon.isHome = (plot) =>
  perfmon.near(plot.layout.xaxis.range, plot.home.x) && (plot.panel.y.log || perfmon.near(plot.layout.yaxis.range, plot.home.y));

perfmon.isTime = (plot) => "time" in plot.dataset;

// The part of time that all charts look at, on the axis of this one; nothing if it has no part in it.
perfmon.followed = (plot) => {
  const per = plot.panel.x.per;
  const range = perfmon.isTime(plot) && perfmon.range && perfmon.range.map((second) => second / per);
  return range && range[0] < plot.home.x[1] && range[1] > plot.home.x[0] ? range : null;
};

perfmon.relaid = (plot, change) => {
  if (!Object.keys(change).some((name) => name.startsWith("xaxis.range")) || !perfmon.isTime(plot)) return;
  const figure = plot.closest("figure");
  const range = plot.layout.xaxis.range.map((place) => place * plot.panel.x.per);
  const isLinked = document.getElementById("linked").checked;
  const others = [...perfmon.drawn].filter((other) => other !== plot && perfmon.isTime(other));
  perfmon.range = range;
  for (const other of others.filter((one) => isLinked || one.closest("figure") === figure)) {
    const own = perfmon.followed(other);
    if (own && !perfmon.near(other.layout.xaxis.range, own)) perfmon.relay(other, { "xaxis.range": own });
  }
  if (!isLinked) perfmon.range = null;
};

// A change that other charts need not follow.
perfmon.relay = (plot, change) => Plotly.update(plot, {}, change);

perfmon.reset = (figure) => {
  const isLinked = document.getElementById("linked").checked && figure.querySelector(".plot[data-time]");
  perfmon.range = null;
  for (const plot of perfmon.drawn) {
    const isOwn = plot.closest("figure") === figure;
    if (!isOwn && !(isLinked && perfmon.isTime(plot))) continue;
    const y = plot.panel.y.log ? { "yaxis.autorange": true } : { "yaxis.range": [...plot.home.y] };
    perfmon.relay(plot, { "xaxis.range": [...plot.home.x], ...(isOwn ? y : {}) });
  }
};

perfmon.moved = ([low, high], action) => {
  const span = high - low;
  if (action === "in") return [low + span / 4, high - span / 4];
  if (action === "out") return [low - span / 2, high + span / 2];
  return action === "left" ? [low - span / 4, high - span / 4] : [low + span / 4, high + span / 4];
};

// What a button or a key asks for: along x, or along y where x has names.
perfmon.act = (plot, action) => {
  const axis = plot.panel.x.kind === "names" ? "y" : "x";
  if (axis === "y" && (action === "left" || action === "right")) return;
  const home = plot.home[axis];
  let range = perfmon.moved(plot.layout[`${axis}axis`].range, action);
  if (range[1] - range[0] > home[1] - home[0]) range = [...home];
  else if (range[0] < home[0]) range = [home[0], home[0] + range[1] - range[0]];
  else if (range[1] > home[1]) range = [home[1] - range[1] + range[0], home[1]];
  Plotly.relayout(plot, { [`${axis}axis.range[0]`]: range[0], [`${axis}axis.range[1]`]: range[1] });
};

perfmon.press = (figure, action) => {
  if (action === "reset") return perfmon.reset(figure);
  const plots = [...figure.querySelectorAll(".plot")].filter((plot) => perfmon.drawn.has(plot));
  const once = plots.length && perfmon.isTime(plots[0]) ? plots.slice(0, 1) : plots; // the others follow
  once.forEach((plot) => perfmon.act(plot, action));
};

perfmon.toggle = (figure, group, isShown) => {
  const chart = perfmon.charts[figure.id];
  if (isShown) chart.hidden.delete(group);
  else chart.hidden.add(group);
  for (const plot of figure.querySelectorAll(".plot")) {
    if (!perfmon.drawn.has(plot)) continue;
    const places = [...plot.marks.keys()].filter((place) => plot.marks[place].group === group);
    if (places.length) Plotly.restyle(plot, { visible: isShown }, places);
  }
};

perfmon.key = (plot, event) => {
  const action = { "+": "in", "=": "in", "-": "out", "0": "reset" }[event.key];
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -50, PageDown: 50, Home: -Infinity, End: Infinity }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || (!action && step === undefined)) return;
  event.preventDefault();
  if (action === "reset") perfmon.reset(plot.closest("figure"));
  else if (action) perfmon.act(plot, action);
  else perfmon.step(plot, step);
};

// Goes to the next value of the first line that is shown, and tells it and what the others have there.
perfmon.step = (plot, step) => {
  const shown = [...plot.marks.keys()].filter((place) => !plot.chart.hidden.has(plot.marks[place].group));
  const leading = shown.find((place) => plot.marks[place].x.length > 1 && plot.marks[place].kind !== "rule") ?? shown[0];
  if (leading === undefined) return;
  const { x } = plot.marks[leading];
  const [low, high] = plot.layout.xaxis.range;
  const inside = [...x.keys()].filter((place) => x[place] >= low && x[place] <= high && !Number.isNaN(plot.marks[leading].y[place]));
  const at = inside.indexOf(plot.cursor ?? -1);
  const next = inside[Math.max(0, Math.min(inside.length - 1, at < 0 ? (step > 0 ? 0 : inside.length - 1) : at + step))];
  if (next === undefined && plot.panel.x.kind !== "names") return;
  plot.cursor = next;
  perfmon.say(plot, shown, next === undefined ? 0 : x[next]);
  if (next !== undefined) Plotly.Fx.hover(plot, [{ curveNumber: leading, pointNumber: next }]);
};

perfmon.say = (plot, shown, x) => {
  const { panel, chart } = plot;
  const unit = panel.y.unit ? ` ${panel.y.unit}` : "";
  const texts = shown.flatMap((place) => {
    const mark = plot.marks[place];
    const label = mark.told || chart.groups[mark.group].label;
    if (mark.kind === "box") return `${label}: median ${perfmon.told(mark.box.median, plot.most)}${unit}, mean ${perfmon.told(mark.box.mean, plot.most)}${unit}`;
    if (["alone", "outliers", "rule"].includes(mark.kind) || !mark.x.length) return [];
    const nearest = perfmon.nearest(mark.x, x);
    return Number.isNaN(mark.y[nearest]) ? [] : `${label}: ${perfmon.told(mark.y[nearest], plot.most)}${unit}`;
  });
  const where = panel.x.kind === "names" ? "" : `${panel.x.kind === "time" ? "at" : panel.x.label} ${perfmon.told(x, 1)} ${panel.x.unit}: `;
  plot.closest("figure").querySelector(".spoken").textContent = [panel.title, where + texts.join("; ")].filter(Boolean).join(", ");
};

perfmon.nearest = (xs, x) => {
  let best = 0;
  for (let place = 1; place < xs.length; place++) if (Math.abs(xs[place] - x) < Math.abs(xs[best] - x)) best = place;
  return best;
};
