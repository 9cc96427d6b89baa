"""KaTeX's files, fetched by npm once into an ignored folder; to typeset needs no Node.

KaTeX (MIT) is pinned by version and by its SHA-512, so that each build typesets alike.
"""

import tarfile
import tempfile
from pathlib import Path

from docs._ext import ROOT
from docs._ext.markdown import npm

VERSION = "0.19.1"
SHA512 = (
    "8c6f2e2a7b63484726d84a503a1d17b6eae93eeb82f6bdd2ab91cb1ddb057566"
    "53dbb13aef6485d7d4048bea1fd3f61e3b2d7994381184abebe7ad78b91ac47c"
)
FOLDER = ROOT / "docs" / "assets" / "katex"
SCRIPT = FOLDER / "katex.min.js"


def script() -> str:
    """Return KaTeX itself, fetched first where its files are not there.

    Raises:
        RuntimeError: If npm is missing or fails, or its package is another.
    """
    if not SCRIPT.exists():
        _unpack(npm.fetch("katex", "KaTeX", VERSION, SHA512))
    return SCRIPT.read_text("utf-8")


def _unpack(package: bytes) -> None:
    """Keep the style, the woff2 fonts and, last, the script: it says all is there."""
    (FOLDER / "fonts").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as file:
        file.write(package)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            files = {m.name: m for m in archive.getmembers() if m.isfile()}
            fonts = sorted(name for name in files if name.endswith(".woff2"))
            for name in [
                *fonts,
                "package/dist/katex.min.css",
                "package/dist/katex.min.js",
            ]:
                content = archive.extractfile(files[name])
                assert content is not None  # noqa: S101 - isfile() above
                target = FOLDER / Path(name).relative_to("package/dist")
                target.write_bytes(content.read())
