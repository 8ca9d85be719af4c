// Begins: charts are drawn when they come into sight, and drawn anew when light turns dark.
"use strict";

perfmon.sight = new IntersectionObserver(
  (entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      perfmon.sight.unobserve(entry.target);
      perfmon.draw(entry.target);
    }
  },
  { rootMargin: "600px" },
);

perfmon.begin = () => {
  document.documentElement.classList.add("scripts");
  perfmon.read(document.getElementById("data").textContent);
  document.querySelectorAll(".plot").forEach((plot) => perfmon.sight.observe(plot));
  perfmon.paint();
};

// The legend's colours, and the addresses of pictures, which the page holds once only.
perfmon.paint = () => {
  for (const swatch of document.querySelectorAll("[data-swatch]")) {
    const group = perfmon.charts[swatch.closest("figure").id].groups[swatch.dataset.swatch];
    swatch.style.color = perfmon.colour(group);
  }
  for (const link of document.querySelectorAll("a.download")) {
    link.href = link.closest("details").querySelector("img").src;
  }
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button) perfmon.press(button.closest("figure"), button.dataset.action);
});

document.addEventListener("change", (event) => {
  const { group } = event.target.dataset;
  if (group !== undefined) perfmon.toggle(event.target.closest("figure"), Number(group), event.target.checked);
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  perfmon.paint();
  perfmon.drawn.forEach((plot) => perfmon.draw(plot));
});

perfmon.begin();
