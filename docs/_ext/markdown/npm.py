"""A package of npm's, pinned by its version and its SHA-512: always the same bytes."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path


def fetch(name: str, title: str, version: str, sha512: str) -> bytes:
    """Return a package, packed.

    Args:
        name: What npm calls it.
        title: What it calls itself.
        version: The version that is wanted.
        sha512: Of the packed file.

    Raises:
        RuntimeError: If npm is missing or fails, or its package is another.
    """
    npm = shutil.which("npm")
    if npm is None:
        msg = f"{title} {version} is needed: install npm, which fetches it once"
        raise RuntimeError(msg)
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", f"{name}@{version}"]
        run = subprocess.run(  # noqa: S603 - a fixed command
            command, cwd=folder, capture_output=True, text=True, check=False
        )
        if run.returncode:
            msg = f"npm could not fetch {title} {version}: {run.stderr.strip()}"
            raise RuntimeError(msg)
        package = (Path(folder) / f"{name}-{version}.tgz").read_bytes()
    if hashlib.sha512(package).hexdigest() != sha512:
        msg = f"npm gave another {title} {version} than the one that is pinned"
        raise RuntimeError(msg)
    return package
