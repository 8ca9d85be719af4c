"""A real browser, and what a visitor does with it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
# Nothing of its own on the network, and no graphics card.
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
)
_PATIENCE_SECONDS = 30.0


class Browser:
    """One window of Chromium."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, address: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> None:
        """Go to an address, in a window of this size whose user likes it light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.heard(), self.requests()  # what was before is not of this page
        self.driver.get(address)

    def js(self, script: str, *arguments: object) -> Any:
        """What a script returns."""
        return self.driver.execute_script(f"return {script}", *arguments)

    def heard(self) -> list[str]:
        """What was written to the console since this was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def requests(self) -> list[str]:
        """The addresses that were asked for since this was last asked."""
        entries = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def wait(self, condition: Callable[[], Any]) -> Any:
        """Wait until something holds; what it was is returned."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not (found := condition()):
            assert time.monotonic() < end, "it did not come to hold"
            time.sleep(0.02)
        return found

    def plot(self, chart: str, panel: int = 0) -> WebElement:
        """A panel of a chart, in sight and drawn."""
        found: WebElement = self.js(f"document.querySelector('#{chart} [data-panel=\"{panel}\"]')")
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", found)
        self.wait(lambda: self.js("perfmon.drawn.has(arguments[0]) && !!arguments[0].layout", found))
        return found

    def range(self, plot: WebElement, axis: str = "x") -> list[float]:
        """What a panel shows of an axis."""
        found: list[float] = self.js(f"arguments[0].layout.{axis}axis.range", plot)
        return found

    def draw_everything(self) -> None:
        """Scroll from top to bottom, as a visitor does."""
        while self.js("perfmon.drawn.size < document.querySelectorAll('.plot').length"):
            found = self.js("[...document.querySelectorAll('.plot')].find((plot) => !perfmon.drawn.has(plot))")
            self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", found)
            self.wait(lambda found=found: self.js("perfmon.drawn.has(arguments[0])", found))  # type: ignore[misc]

    def key(self, name: str) -> None:
        """Press a key and let it go."""
        codes = {"ArrowRight": 39, "ArrowLeft": 37, "End": 35, "Tab": 9, "+": 107, "-": 109, "0": 48, " ": 32}
        text = {"text": name} if len(name) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            event = {
                "type": kind,
                "key": name,
                "windowsVirtualKeyCode": codes[name],
                **(text if kind == "keyDown" else {}),
            }
            self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", event)

    def mouse(self, kind: str, x: float, y: float, clicks: int = 1) -> None:
        """Move the mouse, or press or release its button, at a place of the window."""
        event = {
            "type": kind,
            "x": x,
            "y": y,
            "button": "none" if kind == "mouseMoved" else "left",
            "clickCount": clicks,
        }
        self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event | {"buttons": int(kind != "mouseReleased")})


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A browser of its own, with an empty profile in this folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield Browser(driver)
    finally:
        pid = driver.capabilities["goog:processID"]
        driver.quit()
        with suppress(ProcessLookupError):  # it has usually ended; the driver leaves one that is slow to
            os.kill(pid, signal.SIGKILL)
