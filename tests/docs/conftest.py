"""The built site, served on loopback, and Debian's Chromium to open it in."""

import functools
import http.server
import io
import shutil
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs._ext.markdown import npm

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE = Path(__file__).parents[2] / "site"
AXE = "4.14.1"
AXE_SHA512 = (
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5"
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's
        pass


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """Serve site/ and return its address."""
    if not (SITE / "index.html").exists():
        pytest.skip("the site is not built: python -m mkdocs build --strict")
    handler = functools.partial(_Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Start a browser, once a process."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    with api.sync_playwright() as playwright:
        # no sandbox: a container's root may not make one
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Fetch axe-core, which finds what shuts out a keyboard or a screen reader."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm, which fetches axe-core")
    package = npm.fetch("axe-core", "axe", AXE, AXE_SHA512)
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode("utf-8")
