// Reads what the page holds: charts, and their numbers as 32-bit floats.
"use strict";

const perfmon = { charts: {}, drawn: new Set(), range: null };

perfmon.read = (text) => {
  const { arrays, charts } = JSON.parse(text);
  const decoded = new Map();
  const numbers = (name) => {
    if (!decoded.has(name)) {
      const bytes = Uint8Array.from(atob(arrays[name]), (letter) => letter.charCodeAt(0));
      decoded.set(name, new Float32Array(bytes.buffer));
    }
    return decoded.get(name);
  };
  for (const [name, chart] of Object.entries(charts)) {
    chart.hidden = perfmon.charts[name] ? perfmon.charts[name].hidden : new Set();
    chart.panels.forEach((panel) => panel.marks.forEach((mark) => Object.assign(mark, { x: numbers(mark.x), y: numbers(mark.y) })));
  }
  perfmon.charts = charts;
};

// Plotly takes some HTML in its texts; what comes from runs is to be shown as it is.
perfmon.plain = (text) => text.replace(/[&<>%$]/g, (letter) => `&#${letter.charCodeAt(0)};`);

// The lowest and the highest of all numbers that some marks have along an axis.
perfmon.extent = (marks, axis) => {
  let low = Infinity;
  let high = -Infinity;
  for (const mark of marks) {
    for (const value of [...mark[axis], ...Object.values(axis === "y" ? mark.box : {})]) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
};

perfmon.told = (value, most) => {
  if (Math.abs(most) >= 10000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(4)));
};
