"""Show the site while it is written: build, watch the sources, build again, reload the open pages.

uvicorn and starlette serve, watchfiles watches; the pages ask for reloads over an event stream from a script of the
same host, so the site's content security policy holds here too. Whatever goes wrong while building is printed, and laid
over the pages until a build is good.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from watchfiles import Change, DefaultFilter, awatch

from d2lbook.book.config import Config
from d2lbook.errors import UsageError

SCRIPT = Path(__file__).with_name("reload.js")
TAG = b'<script src="/_reload.js"></script></body>'
HOST = "127.0.0.1"

Rebuild = Callable[[Collection[Path]], str]
"""Builds after the files given were changed (none: at the start); returns what is wrong, empty if nothing is."""


class Reloader:
    """Serves a folder and tells every open page when it was built again, or what is wrong."""

    def __init__(self, folder: Path, watched: Iterable[Path], rebuild: Rebuild, built: Path | None = None) -> None:
        """Serve ``folder``; call ``rebuild`` after each change below the paths in ``watched``.

        What lies below ``built`` (default: ``folder``) is made by the build itself, and not watched.
        """
        self.folder = folder.resolve()
        self.built = (built or folder).resolve()
        self.watched = [path for path in watched if path.exists()]
        self.rebuild = rebuild
        self.wrong = ""
        """What the last build found wrong."""
        self.listeners: set[asyncio.Queue[str]] = set()

    def build(self, changed: Collection[Path] = ()) -> None:
        """Build, and note what is wrong; a build that breaks off ends nothing else."""
        try:
            self.wrong = self.rebuild(changed)
        except Exception as error:
            traceback.print_exc()
            self.wrong = "".join(traceback.format_exception_only(error)).strip()
            self.wrong += "\n    = the build broke off; the terminal shows where. The next change builds again."

    def application(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route("/_events", self._events),
            Route("/_reload.js", lambda _: Response(SCRIPT.read_bytes(), media_type="text/javascript")),
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
            paths = sorted({Path(path) for _, path in changes})
            names = sorted({path.name for path in paths})
            print("changed: " + ", ".join(names[:5]) + (" …" if len(names) > 5 else ""), flush=True)
            await asyncio.to_thread(self.build, paths)
            for queue in self.listeners:
                queue.put_nowait("data: built")

    async def _events(self, _: Request) -> StreamingResponse:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self.listeners.add(queue)
        if self.wrong:
            queue.put_nowait(f"event: wrong\ndata: {json.dumps(self.wrong)}")

        async def stream() -> AsyncIterator[str]:
            try:
                while message := await queue.get():
                    yield f"{message}\n\n"
            finally:
                self.listeners.discard(queue)

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _page(self, request: Request) -> Response:
        path = (self.folder / request.path_params["path"]).resolve()
        if path.is_dir():
            path = path / "index.html"
        if not path.is_relative_to(self.folder) or not path.is_file():
            lost = self.folder / "404.html"
            page = lost.read_bytes() if lost.is_file() else b"<body>404: no such page</body>"
            return HTMLResponse(page.replace(b"</body>", TAG, 1), status_code=404)
        if path.suffix == ".html":
            return HTMLResponse(path.read_bytes().replace(b"</body>", TAG, 1))
        return FileResponse(path)


def open_port(port: int) -> socket.socket:
    """Return a socket that listens at ``port`` of this machine; UsageError if that cannot be had."""
    door = socket.socket()
    try:
        if sys.platform != "win32":  # there it would share a port with another program
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((HOST, port))
        door.listen()
    except (OSError, OverflowError) as error:
        door.close()
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"port {port} cannot be had ({why}); another one: --port {_free_port()}") from None
    return door


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number


def run_changed(config: Config, changed: Collection[Path], tab: str | None) -> str:
    """Run the sections among the files ``changed`` where their outputs are stale; return what is wrong.

    They run in a process of its own, which takes nothing with it when it ends badly.
    """
    names = [
        path.relative_to(config.source_dir).with_suffix("").as_posix()
        for path in changed
        if path.suffix == ".md" and path.is_relative_to(config.source_dir) and path.is_file()
    ]
    if not names:
        return ""
    words = ["--root", str(config.root), "eval", *names, *(["--tab", tab] if tab else [])]
    ended = subprocess.run([sys.executable, "-m", "d2lbook", *words], stderr=subprocess.PIPE, text=True)
    print(ended.stderr, end="", file=sys.stderr, flush=True)
    return ended.stderr.strip() if ended.returncode else ""


def serve_forever(reloader: Reloader, door: socket.socket) -> None:
    """Build, then serve at ``door`` on the loopback address until interrupted."""
    reloader.build()
    print(f"http://{HOST}:{door.getsockname()[1]}/  (Ctrl-C ends)", file=sys.stderr)
    _Server(reloader).run(sockets=[door])


class _Server(uvicorn.Server):
    """Ends at once on Ctrl-C: open pages, which wait for news, are let go first."""

    def __init__(self, reloader: Reloader) -> None:
        super().__init__(uvicorn.Config(reloader.application(), log_level="warning", timeout_graceful_shutdown=2))
        self.reloader = reloader

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the open pages go, then close."""
        self.reloader.release()
        await super().shutdown(sockets)
