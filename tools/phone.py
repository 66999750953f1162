"""What a reader with a slow phone waits for, on each page with an explorer.  `make phone` runs it.

    python tools/phone.py _build/html [page ...]

390 x 844 pixels, a processor of a quarter of this one's speed, 150 ms and 1.44 Mbit/s, gzip. First
paint; first slider: until a step of the first explorer, scrolled to at once, has changed a number;
key to paint, of twelve keys on the first slider of each explorer (Event Timing, multiples of 8 ms).
Medians of three.  A quiet machine is asked for.
"""

import shutil
import sys
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from statistics import median

from lighthouse import Compressed
from playwright.sync_api import sync_playwright

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True,
         "device_scale_factor": 2}  # fmt: skip
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.44e6 / 8,
        "uploadThroughput": 0.7e6 / 8}  # fmt: skip
RUNS, KEYS, PAUSE = 3, 12, 250  # milliseconds between two keys
# Goes to the first explorer as soon as it is there, and moves its first slider as soon as it can.
TRY = """
window.firstSlider = new Promise(done => {
    const step = () => {
        const place = document.querySelector('.explorer')
        const fold = place?.closest('.revealed')
        if (fold?.hidden) fold.hidden = false
        if (place && !scrollY) place.scrollIntoView({block: 'center', behavior: 'instant'})
        if (!place?.matches('[data-alive]')) return requestAnimationFrame(step)
        const slider = place.querySelector('[data-slider]')
        const seen = () => [...place.querySelectorAll('output, dd')].map(e => e.textContent).join()
        const before = seen()
        slider.value = Number(slider.value) + (slider.value < slider.max ? 1 : -1)
        slider.dispatchEvent(new Event('input'))
        const end = () => done(seen() == before ? NaN : performance.now())
        requestAnimationFrame(() => setTimeout(end))
    }
    requestAnimationFrame(step)
})"""
LISTEN = """
window.keys = []
new PerformanceObserver(all => {
    keys.push(...all.getEntries().filter(e => e.name == 'keydown').map(e => e.duration))
}).observe({type: 'event', durationThreshold: 16})"""


def opened(browser, address):
    """Return a page as a slow phone opens it, and the session that slows it."""
    page = browser.new_context(**PHONE).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.add_init_script(TRY)
    page.goto(address, wait_until="load", timeout=90_000)
    return page, session


def press(session, key):
    code = {"ArrowLeft": 37, "ArrowRight": 39}[key]
    for kind in ("rawKeyDown", "keyUp"):
        event = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
        session.send("Input.dispatchKeyEvent", event)


def key_to_paint(page, session, explorer):
    """Return the median of milliseconds from a key on the first slider to what it paints."""
    explorer.scroll_into_view_if_needed()
    explorer.and_(page.locator("[data-alive]")).wait_for()
    slider = explorer.locator("[data-slider]").first
    slider.focus()
    page.wait_for_timeout(1500)  # what is still loaded
    at, last = float(slider.input_value()), float(slider.get_attribute("max"))
    page.evaluate(LISTEN)
    key = "ArrowRight"
    for _ in range(KEYS):
        key = "ArrowLeft" if at == last else "ArrowRight" if at == 0 else key
        at += 1 if key == "ArrowRight" else -1
        press(session, key)
        page.wait_for_timeout(PAUSE)
    return median(page.evaluate("keys") or [0])


def measured(browser, address):
    """Return seconds to the first paint and to the first slider, and milliseconds of keys."""
    page, session = opened(browser, address)
    first = page.evaluate("firstSlider") / 1000
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.evaluate("document.querySelectorAll('.revealed').forEach(fold => fold.hidden = false)")
    keys = [key_to_paint(page, session, place) for place in page.locator(".explorer").all()]
    page.context.close()
    return paint / 1000, first, *keys


def main(site, names):
    known = [p for p in sorted((site / "book").glob("*.html")) if "data-explorer=" in p.read_text()]
    pages = [p.stem for p in known if not names or p.stem in names]
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, directory=site)) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        print(f"{'':34} first paint  first slider  keys")
        for page in pages:
            address = f"http://127.0.0.1:{server.server_port}/book/{page}.html"
            runs = zip(*(measured(browser, address) for _ in range(RUNS)), strict=True)
            paint, first, *keys = map(median, runs)
            shown = ", ".join(f"{k:.0f} ms" for k in keys)
            print(f"{page:34} {paint:9.1f} s {first:11.1f} s  {shown}", flush=True)
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
