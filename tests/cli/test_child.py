"""Somebody's code in a process of its own: what it does there, and what it tries."""

import os
import sys
import time
from pathlib import Path

import pytest

from cli.homework import command, write_file
from refgd.cli import _child

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="process groups and descriptors are others"
)

WRONG = """
import numpy as np
def gradient(x, y, y_pred):
    return (x * (y_pred - y)).sum()
"""

#: What a student may add to a wrong file; it begins each with the same imports.
IMPORTS = "import atexit, base64, glob, hashlib, json, os, sys, threading, time\n"
CHEATS = {
    "every descriptor": """
found = {"stopped": "", "functions": [{"kind": "gradient", "function": "gradient",
    "verdict": "right", "diagnosis": None, "notes": [], "text": "", "models": [],
    "examples": 100, "exact": 100, "convention": "mse"}]}
line = base64.b64encode(json.dumps(found).encode())
for key in (b"", bytes(32)):
    signature = hashlib.blake2b(line, key=key, digest_size=32).hexdigest().encode()
    for descriptor in range(64):
        try:
            os.write(descriptor, b"\\n" + signature + b" " + line + b"\\n")
            os.write(descriptor, json.dumps(found).encode() + b"\\n")
        except OSError:
            pass
""",
    "and it ends itself": """
for descriptor in range(3, 64):
    try:
        os.write(descriptor, b'{"functions": []}\\n')
    except OSError:
        pass
os._exit(0)
""",
    "a key in sight": """
seen = [*sys.argv, *os.environ.values(), sys.stdin.read()]
for path in ("/proc/self/cmdline", "/proc/self/environ"):
    if os.path.exists(path):
        seen.append(open(path, errors="replace").read())
assert not any("mse" in each for each in seen), seen
""",
    "json": """
dumps = json.dumps
json.dumps = lambda found, **_: dumps(found).replace('"wrong"', '"right"')
""",
    "the encoder": """
encode = json.JSONEncoder.encode
json.JSONEncoder.encode = lambda *a: encode(*a).replace('"wrong"', '"right"')
""",
    "the kit": """
from refgd.testing.gradient import _check
right = _check.Finding("gradient", "gradient", "right")
_check.findings = lambda *_, **__: [right]
""",
    "a method": """
from refgd.testing.gradient._verdict import Verdict
Verdict.right = property(lambda self: True)
""",
    "its code": """
from refgd.testing.gradient import _check
def findings(*_, **__):
    return [Finding("gradient", "gradient", "right")]
_check.findings.__code__ = findings.__code__
""",
    "an error": """
import refgd.testing
refgd.testing.GradientError = RuntimeError
""",
    "builtins": "import builtins\nbuiltins.any = lambda _: False\n",
    "numpy": "np.array_equal = lambda *_: True\n",
    "sys.modules": """
import types
fake = types.ModuleType("refgd.testing.gradient._check")
fake.findings = lambda *_, **__: []
sys.modules[fake.__name__] = fake
""",
    "fractions": """
from fractions import Fraction
Fraction.__eq__ = lambda *_: True
""",
}


#: What is said of each: the findings, or what the code has changed.
SAID = {
    "every descriptor": "wrong: gradient: it returns ",
    "and it ends itself": "could not be run: ended its process with 0",
    "a key in sight": "wrong: gradient: it returns ",
    "json": "changes json.dumps, with which it is checked",
    "the encoder": "changes json.encoder.JSONEncoder.encode, with which",
    "the kit": "changes refgd.testing.gradient._check.findings, ",
    "a method": "changes refgd.testing.gradient._verdict.Verdict.right, with which",
    "its code": "changes refgd.testing.gradient._check.findings, ",
    "an error": "changes refgd.testing.GradientError, ",
    "builtins": "changes builtins.any, ",
    "numpy": "changes numpy.array_equal, ",
    "sys.modules": "changes refgd.testing.gradient._check.",
    "fractions": "changes fractions.Fraction.__eq__, with which it is checked",
}


def test_a_verdict_of_the_codes_own_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [
        write_file(tmp_path, f"{name}.py", WRONG + IMPORTS + code)
        for name, code in CHEATS.items()
    ]
    assert command(*paths) == 1
    lines = capsys.readouterr().out.splitlines()
    for path, said, line in zip(paths, SAID.values(), lines, strict=False):
        assert line.startswith(path)
        assert said in line
    assert lines[-1].endswith(
        f" 2 wrong, 0 unclear, {len(CHEATS) - 2} could not be run"
    )


#: Programs that hold on to something, or have too much to say.
PROGRAMS = {
    "a thread": "threading.Thread(target=time.sleep, args=(600,)).start()\n",
    "an exit": "atexit.register(time.sleep, 600)\n",
    "its own files": "import numpy, json\njson.dumps(numpy.pi)\nopen('here.csv')\n",
    "a sibling": "import sibling; sibling.loss\n",
    "input": "try:\n    input()\nexcept EOFError: pass\nelse: 1/0\n",
    "gigabytes": """
for _ in range(300):
    print("x" * 2**20)
    print("x" * 2**20, file=sys.stderr)
""",
    "a child": """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("child", "w").write(str(child.pid))
""",
}


def test_a_program_ends_with_all_that_it_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It runs in its own folder, whose modules do not hide NumPy or Python's own."""
    for name in ("numpy", "json", "fractions"):
        write_file(tmp_path, f"{name}.py", "raise ImportError\n")
    write_file(tmp_path, "here.csv", "1,2\n")
    write_file(tmp_path, "sibling.py", "loss = 1\n")
    paths = [
        write_file(tmp_path, f"{name}.py", IMPORTS + code + WRONG)
        for name, code in PROGRAMS.items()
    ]
    assert command("--time-limit", "20", *paths) == 1
    lines = capsys.readouterr().out.splitlines()
    for path, line in zip(paths, lines, strict=False):
        assert line.startswith(f"{path}: wrong: gradient: it returns")
        assert "its end" not in line
    pid = int((tmp_path / "child").read_text("utf-8"))
    assert not _is_running(pid)
    assert not (tmp_path / "__pycache__").exists()


def _is_running(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        stat = Path(f"/proc/{pid}/stat")
        if (
            stat.exists()
            and stat.read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
        ):
            return False  # nobody has asked how it ended
        time.sleep(0.05)
    return True


def test_memory_has_a_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_child, "LEAST_MEMORY", 2**29)
    monkeypatch.setattr(os, "sysconf", lambda _: 1)
    path = write_file(tmp_path, "hungry.py", WRONG + "x = bytes(2**30)\n")
    assert command(path) == 1
    assert "it raised MemoryError" in capsys.readouterr().out
