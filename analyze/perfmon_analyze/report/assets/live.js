// Keeps a page that perfmon serves up to date: it is read anew when runs have grown, and what was zoomed, hidden or
// opened stays so.
"use strict";

perfmon.askSeconds = 2;

perfmon.watch = async () => {
  const live = document.getElementById("live");
  try {
    const { version } = await (await fetch("version")).json();
    if (version !== live.dataset.version) await perfmon.renew();
    perfmon.state("Live");
  } catch (error) {
    perfmon.state("perfmon serve does not answer: this is what it said last");
  }
  setTimeout(perfmon.watch, 1000 * perfmon.askSeconds);
};

perfmon.state = (text) => {
  const live = document.getElementById("live");
  if (live.textContent !== text) live.textContent = text;
  live.classList.toggle("lost", text !== "Live");
};

perfmon.renew = async () => {
  const text = await (await fetch("parts")).text();
  const next = new DOMParser().parseFromString(text, "text/html");
  const focused = document.activeElement;
  const open = new Set([...document.querySelectorAll("details[open] > summary")].map((one) => one.textContent));
  const anchor = perfmon.anchor();
  const isLinked = document.getElementById("linked")?.checked ?? true;
  const charts = perfmon.charts;
  next.querySelectorAll("figure.chart").forEach((figure) => perfmon.keep(figure, charts));
  if (!document.querySelector("body > nav")) document.querySelector("main").before(...next.querySelectorAll("body > nav"));
  for (const part of ["header", "main"]) document.querySelector(part).replaceWith(next.querySelector(part));
  document.querySelectorAll("details > summary").forEach((one) => { one.parentElement.open = open.has(one.textContent); });
  perfmon.drawn.forEach((plot) => plot.isConnected || perfmon.forget(plot));
  perfmon.begin();
  if (document.getElementById("linked")) document.getElementById("linked").checked = isLinked;
  perfmon.hold(anchor);
  if (focused.isConnected) focused.focus({ preventScroll: true });
};

// A figure that shows the same lines as before stays, and gets new numbers; any other is a new one.
perfmon.keep = (next, charts) => {
  const old = document.getElementById(next.id);
  const legend = (figure) => figure.querySelector(".legend")?.textContent + figure.querySelectorAll(".plot").length;
  if (!old || legend(old) !== legend(next)) {
    delete charts[next.id];
    return;
  }
  const parts = (figure) => figure.querySelectorAll(".head h4, figcaption, details .scroll, details.picture img");
  const news = parts(next);
  parts(old).forEach((part, place) => news[place] && part.replaceWith(news[place]));
  next.replaceWith(old);
};

perfmon.forget = (plot) => {
  Plotly.purge(plot);
  perfmon.drawn.delete(plot);
};

// The first part of the page that is in sight, and where it stands, so that nothing jumps.
perfmon.anchor = () => {
  const parts = [...document.querySelectorAll("figure.chart, section, header")];
  const found = parts.filter((part) => part.getBoundingClientRect().bottom > 0);
  const inner = found.find((part) => part.getBoundingClientRect().top >= 0) || found[0];
  return inner && { id: inner.id, top: inner.getBoundingClientRect().top };
};

perfmon.hold = (anchor) => {
  const part = anchor && anchor.id && document.getElementById(anchor.id);
  if (part) scrollBy({ top: part.getBoundingClientRect().top - anchor.top, behavior: "instant" });
};

perfmon.watch();
