// Draws panels: what is to be shown, in the words of plotly.js.
"use strict";

perfmon.isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;

perfmon.colour = (group) => (perfmon.isDark() ? group.dark : group.colour);

perfmon.faded = (colour, share) => colour + Math.round(255 * share).toString(16).padStart(2, "0");

perfmon.shapes = {
  line: (colour, group, mark) => ({
    mode: mark.isShort ? "lines+markers" : "lines",
    line: { color: colour, dash: group.dash, width: 1.6 },
    marker: { color: colour, symbol: group.symbol, size: 6 },
  }),
  alone: (colour, group) => ({ mode: "markers", marker: { color: colour, symbol: group.symbol, size: 5 }, hoverinfo: "skip" }),
  mean: (colour, group) => ({ mode: "lines", line: { color: colour, dash: group.dash, width: 2.4 } }),
  pale: (colour) => ({ mode: "lines", line: { color: perfmon.faded(colour, 0.35), width: 1 } }),
  points: (colour) => ({ mode: "markers", marker: { color: perfmon.faded(colour, 0.25), size: 4 } }),
  outliers: (colour) => ({ mode: "markers", marker: { color: perfmon.faded(colour, 0.6), size: 4 } }),
  peak: (colour) => ({ mode: "markers", marker: { color: colour, symbol: "triangle-down-open", size: 11, line: { width: 2 } } }),
  rule: (colour, group) => ({ mode: "lines", line: { color: colour, dash: group.dash, width: 2 } }),
  area: (colour, group) => ({
    mode: "lines",
    fill: "tozeroy",
    fillcolor: perfmon.faded(colour, 0.3),
    fillpattern: { shape: group.pattern, fgcolor: colour, fgopacity: 0.6, size: 9, solidity: 0.15, fillmode: "overlay" },
    line: { color: colour, shape: "hv", dash: group.dash, width: 1.4 },
  }),
  box: (colour, group, mark) => ({
    type: "box",
    q1: [mark.box.q1],
    median: [mark.box.median],
    q3: [mark.box.q3],
    mean: [mark.box.mean],
    lowerfence: [mark.box.low],
    upperfence: [mark.box.high],
    y: undefined,
    boxmean: true,
    boxpoints: false,
    width: 0.5,
    line: { color: colour, width: 1.6 },
    fillcolor: perfmon.faded(colour, group.dash === "dot" ? 0.1 : 0.3),
  }),
};

// One trace of plotly.js for a mark; hovering says what it is, with its value and unit.
perfmon.trace = (panel, chart, mark, most) => {
  const group = chart.groups[mark.group];
  const unit = perfmon.plain(panel.y.unit ? ` ${panel.y.unit}` : "");
  const name = perfmon.plain(mark.told || group.label);
  const value = most >= 10000 ? "%{y:,.0f}" : "%{y:.4~g}";
  const place = { time: "", whole: ", %{x:,.6~g}", names: "", number: ", %{x:.4~g}" }[panel.x.kind];
  const told = { rule: name, area: `${name}: ${value}${unit}${place}${panel.x.unit}` }[mark.kind];
  return {
    type: "scatter",
    x: mark.x,
    y: mark.y,
    name,
    connectgaps: false,
    visible: !chart.hidden.has(mark.group),
    hovertemplate: mark.kind === "box" ? undefined : `${told || `${name}: ${value}${unit}`}<extra></extra>`,
    ...perfmon.shapes[mark.kind](perfmon.colour(group), group, mark),
  };
};

// Samples with a gap on either side, which no line shows.
perfmon.alone = (mark) => {
  const missing = (place) => !(place in mark.y) || Number.isNaN(mark.y[place]);
  const places = [...mark.y.keys()].filter((place) => !missing(place) && missing(place - 1) && missing(place + 1));
  return { ...mark, kind: "alone", x: places.map((place) => mark.x[place]), y: places.map((place) => mark.y[place]) };
};

perfmon.marks = (panel) =>
  panel.marks.flatMap((mark) => {
    if (mark.kind !== "line") return [mark];
    const isShort = panel.x.kind === "whole" && mark.x.length <= 60;
    const alone = perfmon.alone(mark);
    return alone.x.length && !isShort ? [mark, alone] : [{ ...mark, isShort }];
  });

perfmon.home = (panel) => {
  const [left, right] = panel.x.range || perfmon.extent(panel.marks, "x");
  const wide = panel.x.kind === "time" || panel.x.range ? 0 : 0.02 * (right - left || 1);
  const [low, high] = perfmon.extent(panel.marks, "y");
  const bottom = low >= 0 && (panel.x.kind === "time" || low < high / 2) ? 0 : low - 0.05 * (high - low || Math.abs(high) || 1);
  const names = panel.x.kind === "names" ? [-0.6, panel.x.names.length - 0.4] : null;
  return { x: names || [left - wide, right + wide], y: panel.y.range || [bottom, high + 0.06 * (high - bottom || 1)] };
};

perfmon.axis = (axis, ink) => ({
  title: { text: perfmon.plain(axis.label), font: { size: 12 }, standoff: 8 },
  gridcolor: ink.grid,
  linecolor: ink.line,
  zeroline: false,
  automargin: true,
  type: axis.log ? "log" : "linear",
  exponentformat: "none",
  tickfont: { size: 11 },
});

perfmon.layout = (panel, range) => {
  const style = getComputedStyle(document.body);
  const ink = { grid: style.getPropertyValue("--grid").trim(), line: style.getPropertyValue("--line").trim() };
  const x = { ...perfmon.axis(panel.x, ink), range: [...range.x] };
  const y = perfmon.axis(panel.y, ink);
  if (panel.x.kind === "names") Object.assign(x, { tickvals: [...panel.x.names.keys()], tickangle: 0, fixedrange: true });
  if (panel.x.kind === "names") x.ticktext = panel.x.names.map((name) => perfmon.wrapped(name));
  if (panel.y.log) Object.assign(y, { autorange: true, ...perfmon.decades(perfmon.extent(panel.marks, "y")) });
  else y.range = [...range.y];
  const unit = perfmon.plain(panel.x.unit);
  return {
    xaxis: { ...x, unifiedhovertitle: { text: panel.x.kind === "time" ? `%{x:.4~g} ${unit}` : "%{x:.6~g}" } },
    yaxis: y,
    hovermode: ["time", "whole"].includes(panel.x.kind) && !panel.marks.some((m) => m.kind === "points") ? "x unified" : "closest",
    hoverdistance: 40,
    dragmode: "zoom",
    showlegend: false,
    margin: { l: 56, r: 12, t: 8, b: 44 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: style.fontFamily, color: style.color, size: 12 },
    hoverlabel: { bgcolor: style.getPropertyValue("--card").trim(), bordercolor: ink.line, font: { color: style.color, size: 12 }, namelength: -1, align: "left" },
  };
};

// The ticks of a logarithmic axis: 1, 2 and 5 of each decade, written out.
perfmon.decades = ([low, high]) => {
  const values = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    values.push(...[1, 2, 5].map((digit) => Number((digit * 10 ** power).toPrecision(2))));
  }
  return { tickmode: "array", tickvals: values, ticktext: values.map(String) };
};

perfmon.wrapped = (name) => perfmon.plain(name).replace(/(.{8,}?) /g, "$1<br>");

perfmon.config = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };
