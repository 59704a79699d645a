"""A page with the built form bundle in a headless browser, for holding our validator against form-js."""

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[2] / "webapp" / "static"

#: Opens a form with its data as a task page does, submits it, and answers with what the browser would send
#: and the sentences it would show, by field path.
SUBMIT = """
async ([schema, data]) => {
  const page = document.createElement('form');
  const place = document.createElement('div');
  place.dataset.form = '';
  place.dataset.schema = JSON.stringify(schema);
  place.dataset.data = JSON.stringify(data);
  page.append(place);
  document.body.replaceChildren(page);
  page.dispatchEvent(new CustomEvent('htmx:load', { bubbles: true }));
  const settled = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 15)));
  for (let i = 0; i < 50 && !place.cityloopForm; i += 1) await settled();
  await settled();
  const form = place.cityloopForm;
  const answer = form.submit();
  const part = (one, at) => typeof one === 'number' ? `[${one}]` : `${at ? '.' : ''}${one}`;
  const text = (path) => path.map(part).join('');
  const errors = {};
  for (const { id, valuePath, indexes } of form.get('formFieldInstanceRegistry').getAllKeyed()) {
    const found = [id, ...Object.values(indexes ?? {})].reduce((value, part) => value?.[part], answer.errors);
    if (Array.isArray(found) && found.length) errors[text(valuePath)] = found;
  }
  const sent = JSON.parse(JSON.stringify(answer.data));
  form.destroy();
  return { data: sent, errors };
}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test's output is its assertions."""


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """The directory under a loopback address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def form_page(browser: Any) -> Iterator[Any]:
    """A page that has loaded the form bundle."""
    with served(STATIC) as address:
        script = json.loads((STATIC / "build" / "manifest.json").read_text(encoding="utf-8"))["form"]["js"]
        page = browser.new_page()
        body = f"<html data-locale=zh><body><script type=module src=/build/{script}></script></body></html>"
        page.route(f"{address}/", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=body))
        page.goto(f"{address}/")
        page.wait_for_load_state("networkidle")
        yield page
