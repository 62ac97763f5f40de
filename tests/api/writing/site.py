"""A news site on this machine."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = (
    "<!doctype html><html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{text}</p><p>The council of "
    "Brunnhaven will decide in autumn how the work is paid for, said its chair Ole Farstad on Tuesday evening.</p>"
    "</article></body></html>"
)


class Site:
    """A news site on this machine: pages by path; a page may wait until it is let go."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.held: dict[str, threading.Event] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name is http.server's
                site.asked.append(self.path)
                if self.path in site.held:
                    site.held[self.path].wait(20)
                kind, text = site.pages.get(self.path, ("text/plain", ""))
                changed = self.headers.get("If-None-Match") != '"1"'
                status = 404 if self.path not in site.pages else 200 if changed else 304
                body = text.encode() if status == 200 else b""
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", '"1"')
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, path: str, title: str, text: str) -> str:
        """Put a page on the site; returns its address."""
        self.pages[path] = ("text/html; charset=utf-8", PAGE.format(title=title, text=text))
        return self.origin + path

    def feed(self, path: str, *links: str) -> str:
        """Put a feed that only names pages on the site."""
        items = "".join(f"<item><title>Item {n}</title><link>{link}</link></item>" for n, link in enumerate(links))
        self.pages[path] = ("application/rss+xml", f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>')
        return self.origin + path

    def close(self) -> None:
        """Let go what waits, and stop."""
        for event in self.held.values():
            event.set()
        self._server.shutdown()
        self._server.server_close()
