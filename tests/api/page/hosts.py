"""Pages of other sites that show the widget, served on ports of this machine."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Brasswick Echo</title><link rel="icon" href="data:,"></head><body><main><h1>Brasswick Echo</h1>
<p><a href="#here" id="here">A link of the page</a></p></main>{tags}</body></html>"""
TAG = '<script src="{service}widget.js" data-key="{key}" async></script>'


class Site:
    """A site under a name that is not the service's, with pages by path and the headers that they are sent with."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[dict[str, str], str]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name is http.server's
                headers, html = site.pages.get(self.path, ({}, ""))
                body = html.encode()
                self.send_response(200 if html else 404)
                for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Another name of this machine, so that to the browser it is another site, too.
        self.origin = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def put(self, path: str, tags: str, headers: dict[str, str] | None = None) -> str:
        """Put a page with these tags on the site; return its address."""
        self.pages[path] = (headers or {}, HTML.replace("{tags}", tags))
        return self.origin + path

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
