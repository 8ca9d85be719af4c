"""The report in a real browser: it opens from a disk, and does what a visitor asks of it."""

from __future__ import annotations

import base64
import hashlib
import socket
from itertools import pairwise
from pathlib import Path

import pytest
from selenium.webdriver.remote.webelement import WebElement

from perfmon_analyze import load, plot_names
from tests.analyze.report.browsing import Browser

# The lowest ratio of contrast (WCAG 2.1, 1.4.3) of all texts that can be seen, with the text that has it.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => channels(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (channels(colour)[3] === 255) return colour;
    }
    return "white";
  };
  let worst = [99, ""];
  for (const element of document.querySelectorAll("body *:not(script):not(style):not(option)")) {
    const own = [...element.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own.length || !element.checkVisibility() || element.closest(".unseen, .skip, noscript")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(element.closest("svg") ? style.fill : style.color), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst[0]) worst = [ratio, own[0].textContent];
  }
  return worst;
})()"""


@pytest.fixture
def page(browser: Browser, report: Path) -> Browser:
    """The report, just opened."""
    browser.open(report.as_uri())
    return browser


def place(browser: Browser, plot: WebElement, x: float, y: float = 0.5) -> tuple[float, float]:
    """A place in the window, by its shares of the width and height of what a panel draws in."""
    box = browser.js("arguments[0].querySelector('.nsewdrag').getBoundingClientRect().toJSON()", plot)
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(browser: Browser, plot: WebElement, begin: float, end: float) -> None:
    """Draw a zoom's box across a panel."""
    browser.mouse("mouseMoved", *place(browser, plot, begin))
    browser.mouse("mousePressed", *place(browser, plot, begin))
    browser.mouse("mouseMoved", *place(browser, plot, (begin + end) / 2))
    browser.mouse("mouseMoved", *place(browser, plot, end))
    browser.mouse("mouseReleased", *place(browser, plot, end))


def test_opens_without_a_word_and_without_a_network(page: Browser, report: Path, study: Path) -> None:
    """All charts are drawn, the console stays empty, and nothing but the file itself is asked for."""
    page.draw_everything()

    assert page.js("document.querySelectorAll('figure.chart').length") == len(plot_names(load(study)))
    assert page.js("document.querySelectorAll('.plot .main-svg').length") > 48
    assert page.heard() == []
    assert {address for address in page.requests() if not address.startswith("data:")} == {report.as_uri()}


def test_scripts_cannot_connect(page: Browser) -> None:
    """Even a script that found its way into the page could reach nobody."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        page.driver.set_script_timeout(10)
        told = page.driver.execute_async_script(
            "const done = arguments[1]; new Image().src = arguments[0];"
            "fetch(arguments[0]).then(() => done('went'), (error) => done(String(error)))",
            address,
        )
        with pytest.raises(TimeoutError):
            server.accept()

    assert "TypeError" in told
    assert any("Content Security Policy" in line for line in page.heard())


def test_zoom_with_the_mouse_is_shared_in_time(page: Browser) -> None:
    """A box drawn across one chart zooms into the same seconds of every chart over time; a double click shows all."""
    vram, ram = page.plot("memory_usage_inference", 0), page.plot("memory_usage_inference", 1)
    before = page.range(vram)
    drag(page, vram, 0.25, 0.5)
    low, high = page.wait(lambda: (now := page.range(vram)) != before and now)
    beside = page.wait(lambda: (now := page.range(ram)) != before and now)
    other = page.range(page.plot("disk_usage_inference"))
    vram = page.plot("memory_usage_inference", 0)
    middle = place(page, vram, 0.5)
    page.mouse("mouseMoved", *middle)
    for clicks in (1, 2):
        page.mouse("mousePressed", *middle, clicks=clicks)
        page.mouse("mouseReleased", *middle, clicks=clicks)
    page.wait(lambda: page.range(vram) == before)

    assert low == pytest.approx(before[1] / 4, rel=0.02)
    assert high == pytest.approx(before[1] / 2, rel=0.02)
    assert beside == pytest.approx([low, high])
    assert other == pytest.approx([low, high])
    assert page.range(ram) == before
    assert page.heard() == []


def test_charts_can_be_zoomed_apart(page: Browser) -> None:
    """Without the tick at the top, only the panels of one chart zoom together."""
    disk = page.plot("disk_usage_inference")
    vram, ram = page.plot("memory_usage_inference", 0), page.plot("memory_usage_inference", 1)
    before = page.range(disk)
    page.js("document.getElementById('linked').click()")
    page.js("document.querySelector('#memory_usage_inference [data-action=in]').click()")
    page.wait(lambda: page.range(ram) != before)

    assert page.range(vram) == pytest.approx(page.range(ram))
    assert page.range(disk) == before


def test_zoom_with_buttons_and_keys(page: Browser) -> None:
    """What the mouse can do, buttons and keys can, too."""
    plot = page.plot("training_loss")
    whole = page.range(plot)
    page.js("document.querySelector('#training_loss [data-action=in]').click()")
    half = page.wait(lambda: (now := page.range(plot)) != whole and now)
    page.js("arguments[0].focus()", plot)
    page.key("+")
    quarter = page.wait(lambda: (now := page.range(plot)) != half and now)
    page.key("0")
    page.wait(lambda: page.range(plot) == whole)

    assert half[1] - half[0] == pytest.approx((whole[1] - whole[0]) / 2)
    assert quarter[1] - quarter[0] == pytest.approx((whole[1] - whole[0]) / 4)


def test_hovering_tells_values_with_units(page: Browser) -> None:
    """Under the mouse stand the time, each line's name, and its value with its unit."""
    plot = page.plot("memory_usage_inference", 1)
    page.mouse("mouseMoved", *place(page, plot, 0.45))
    page.mouse("mouseMoved", *place(page, plot, 0.5))
    told = page.wait(lambda: page.js("arguments[0].querySelector('.hoverlayer').textContent", plot))

    beside = page.plot("memory_usage_inference", 0)
    page.wait(lambda: page.js("arguments[0].querySelector('.hoverlayer').textContent", beside).count("GB") == 2)

    assert "minutes" in told
    assert "Bielik 1.5B (synthetic): 6." in told
    assert told.count("GB") == 2


def test_lines_go_and_come_back(page: Browser) -> None:
    """A line that is switched off in the legend is gone from every panel of its chart; the keyboard switches, too."""
    plots = [page.plot("training_dynamics", panel) for panel in range(4)]
    box = page.js("document.querySelector('#training_dynamics [data-group=\"1\"]')")
    visible = "arguments[0].data.map((trace) => trace.visible)"
    page.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", box)
    box.click()
    off = [page.js(visible, plot) for plot in plots]
    page.js("arguments[0].focus()", box)
    page.key(" ")
    on = [page.js(visible, plot) for plot in plots]

    assert off == [[True, False, True, True]] * 4
    assert on == [[True, True, True, True]] * 4


def test_values_are_read_one_by_one(page: Browser) -> None:
    """The arrow keys step through the values of a chart, and a live region says each."""
    plot = page.plot("training_loss")
    page.js("arguments[0].focus()", plot)
    spoken = "document.querySelector('#training_loss .spoken').textContent"
    page.key("ArrowRight")
    first = page.wait(lambda: page.js(spoken))
    page.key("ArrowRight")
    second = page.wait(lambda: (now := page.js(spoken)) != first and now)

    assert first.startswith("Epoch 0 : L15 (synthetic): 0.2")
    assert second.startswith("Epoch 1 : L15 (synthetic): 0.1")
    assert second.count(";") == 3


def test_pictures_can_be_kept(page: Browser, study: Path, tmp_path: Path) -> None:
    """The specification's picture of each plot is in the page, and the link beside it keeps it."""
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.js("document.querySelector('#training_loss .picture').open = true")
    source = page.js("document.querySelector('#training_loss .picture img').src")
    page.js("document.querySelector('#training_loss .download').click()")
    kept = tmp_path / "training_loss.png"
    page.wait(kept.exists)
    expected = base64.b64decode(source.partition(",")[2])

    page.wait(lambda: hashlib.sha256(kept.read_bytes()).digest() == hashlib.sha256(expected).digest())
    assert expected.startswith(b"\x89PNG")
    assert page.js("document.querySelectorAll('.picture img').length") == len(plot_names(load(study)))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(browser: Browser, report: Path, dark: bool) -> None:
    """On light and on dark ground every text has the contrast that WCAG asks for, those in charts included."""
    browser.open(report.as_uri(), dark=dark)
    browser.js("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    browser.draw_everything()
    ratio, text = browser.js(CONTRAST)
    ground = browser.js("getComputedStyle(document.body).backgroundColor")

    assert ratio >= 4.5, text
    assert (ground == "rgb(20, 24, 29)") == dark


def test_a_phone_is_wide_enough(browser: Browser, report: Path) -> None:
    """On a phone nothing sticks out to the side; panels stand below each other."""
    browser.open(report.as_uri(), width=390, height=844)
    browser.draw_everything()
    left, right = (
        browser.js("arguments[0].getBoundingClientRect().x", browser.plot("memory_usage_inference", n)) for n in (0, 1)
    )

    assert browser.js("document.documentElement.scrollWidth") == 390
    assert left == right


def test_everything_has_a_name(page: Browser) -> None:
    """Whoever hears the page finds landmarks and headings in order, and every control and picture says what it is."""
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node.get("role", {}).get("value") for node in nodes if not node.get("ignored")]
    named = ("button", "checkbox", "link", "image", "region", "DisclosureTriangle", "figure", "table")
    nameless = [
        node["role"]["value"]
        for node in nodes
        if not node.get("ignored") and node["role"]["value"] in named and not node.get("name", {}).get("value")
    ]
    levels = page.js("[...document.querySelectorAll('h1, h2, h3, h4, h5')].map((one) => Number(one.tagName[1]))")

    assert {"banner", "main", "navigation", "contentinfo", "figure"} <= set(roles)
    assert nameless == []
    assert page.js("[...document.querySelectorAll('.plot, [role=group]')].every((one) => one.ariaLabel)")
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_stillness_is_respected(browser: Browser, report: Path) -> None:
    """Who asked for less motion is not scrolled about."""
    browser.open(report.as_uri())
    wish = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    before = browser.js("getComputedStyle(document.documentElement).scrollBehavior")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", wish)

    assert (before, browser.js("getComputedStyle(document.documentElement).scrollBehavior")) == ("smooth", "auto")
