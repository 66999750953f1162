"""Lighthouse on every page of the built site, as a phone loads it.  `make lighthouse` runs this.

    python tools/lighthouse.py _build/html [page ...]

Needs Node's npx, which fetches Lighthouse, and a Chromium.  The site is served compressed, as its
host does.  A quiet machine is asked for: blocking time counts what others take from the processor.
"""

import gzip
import json
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import browser as chromium  # noqa: E402

LIGHTHOUSE = "lighthouse@12.8.2"
SHOWN = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
TEXT = (".html", ".css", ".js", ".svg", ".txt", ".xml")


class Compressed(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body, packed = path.read_bytes(), path.suffix in TEXT
        body = gzip.compress(body, 6) if packed else body
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def measured(address):
    """Return Lighthouse's scores of a page, 0 to 100, and the times it took."""
    flags = "--headless=new --no-sandbox"
    command = [
        "npx",
        "--yes",
        LIGHTHOUSE,
        address,
        "--quiet",
        "--output=json",
        f"--chrome-flags={flags}",
    ]
    env = os.environ | {"CHROME_PATH": chromium.find()}
    report = json.loads(subprocess.run(command, env=env, check=True, capture_output=True).stdout)
    scores = [round(100 * category["score"]) for category in report["categories"].values()]
    return scores, [report["audits"][name]["displayValue"] for name in SHOWN]


def main(site, names):
    pages = names or sorted(path.stem for path in (site / "book").glob("*.html"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"{'':34} performance accessibility practices seo   {', '.join(SHOWN)}")
        for page in pages:
            scores, times = measured(f"http://127.0.0.1:{server.server_port}/book/{page}.html")
            print(
                f"{page:34} {'  '.join(f'{s:9}' for s in scores)}   {', '.join(times)}", flush=True
            )
        server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
