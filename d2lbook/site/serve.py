"""Show the site while it is written: build, watch the sources, build again, reload the open pages.

uvicorn and starlette serve, watchfiles watches; the pages ask for reloads over an event stream from a script of the
same host, so the site's content security policy holds here too.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from watchfiles import Change, DefaultFilter, awatch

SCRIPT = "new EventSource('/_events').onmessage = () => location.reload();"
TAG = b'<script src="/_reload.js"></script></body>'

Rebuild = Callable[[], None]


class Reloader:
    """Serves a folder and tells every open page when it was built again."""

    def __init__(self, folder: Path, watched: Iterable[Path], rebuild: Rebuild, built: Path | None = None) -> None:
        """Serve ``folder``; call ``rebuild`` after each change below the paths in ``watched``.

        What lies below ``built`` (default: ``folder``) is made by the build itself, and not watched.
        """
        self.folder = folder.resolve()
        self.built = (built or folder).resolve()
        self.watched = [path for path in watched if path.exists()]
        self.rebuild = rebuild
        self.listeners: set[asyncio.Queue[str]] = set()

    def application(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route("/_events", self._events),
            Route("/_reload.js", lambda _: Response(SCRIPT, media_type="text/javascript")),
            Route("/{path:path}", self._page),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        yield
        task.cancel()
        self.release()

    def release(self) -> None:
        """Let every open page go."""
        for queue in self.listeners:
            queue.put_nowait("")

    async def _watch(self) -> None:
        default = DefaultFilter()

        def is_source(change: Change, path: str) -> bool:
            return default(change, path) and not Path(path).resolve().is_relative_to(self.built)

        async for changes in awatch(*self.watched, watch_filter=is_source, step=50, debounce=300):
            names = sorted({Path(path).name for _, path in changes})
            print("changed: " + ", ".join(names[:5]) + (" …" if len(names) > 5 else ""), flush=True)
            await asyncio.to_thread(self.rebuild)
            for queue in self.listeners:
                queue.put_nowait("built")

    async def _events(self, _: Request) -> StreamingResponse:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self.listeners.add(queue)

        async def stream() -> AsyncIterator[str]:
            try:
                while message := await queue.get():
                    yield f"data: {message}\n\n"
            finally:
                self.listeners.discard(queue)

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _page(self, request: Request) -> Response:
        path = (self.folder / request.path_params["path"]).resolve()
        if path.is_dir():
            path = path / "index.html"
        if not path.is_relative_to(self.folder) or not path.is_file():
            lost = self.folder / "404.html"
            return HTMLResponse(lost.read_bytes() if lost.is_file() else "404: no such page", status_code=404)
        if path.suffix == ".html":
            return HTMLResponse(path.read_bytes().replace(b"</body>", TAG, 1))
        return FileResponse(path)


def serve(folder: Path, watched: Iterable[Path], rebuild: Rebuild, port: int = 8000, built: Path | None = None) -> None:
    """Serve ``folder`` on the loopback address until interrupted, rebuilding after changes outside ``built``."""
    print(f"http://127.0.0.1:{port}/  (Ctrl-C ends)", file=sys.stderr)
    reloader = Reloader(folder, watched, rebuild, built)
    _Server(reloader, port).run()


class _Server(uvicorn.Server):
    """Ends at once on Ctrl-C: open pages, which wait for news, are let go first."""

    def __init__(self, reloader: Reloader, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                reloader.application(), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2
            )
        )
        self.reloader = reloader

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the open pages go, then close."""
        self.reloader.release()
        await super().shutdown(sockets)
