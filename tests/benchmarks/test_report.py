"""The report of a run: ratios to the limit, memory, and the picture."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report

MACHINE = {"cpu": {"brand_raw": "CPU", "count": 2}, "python_version": "3.12.1"}


def _entry(peer: str, n: int, steps: int, seconds: float) -> dict[str, Any]:
    info = {"peer": peer, "n": n, "d": 1, "iterations": 1000, "steps": steps}
    info |= {"peak": 10 * n, "package": "numpy 2.4.6", "load": n / 1000}
    return {"extra_info": info, "stats": {"min": seconds}}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1234.5, "1,234 s"), (61.23, "61.2 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 µs")],
)
def test_a_time_is_written_in_its_own_unit(seconds: float, text: str) -> None:
    assert report._time(seconds) == text  # noqa: SLF001 - a table shows it


def test_report_writes_ratios_and_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: refgd[cli]")
    timed = [
        _entry(peer, n, steps, seconds)
        for n in (4, 400_000)
        for peer, steps, seconds in (("fit", 10, 0.06), (report.LIMIT, 1000, 2.0))
    ]
    source = tmp_path / "run.json"
    run = {"benchmarks": timed, "machine_info": MACHINE, "datetime": "2026-11-22T1"}
    source.write_text(json.dumps(run))
    report.main(str(source), str(tmp_path))
    text = (tmp_path / "table.md").read_text("utf-8")
    assert text == capsys.readouterr().out
    assert "| 1,000 iterations of | 4 | 400,000 |\n" in text
    assert "| fit | 6 s<br>3×<br>< 1 MB | 6 s<br>3×<br>4 MB |\n" in text
    about = "CPU, 2 cores; Python 3.12.1, numpy 2.4.6; 2026-11-22, at a load average of"
    busy = "Other programs ran at the same time: each time is an upper bound."
    assert text.endswith(f"\n{about} 200.0. {busy}\n")
    kept = json.loads((tmp_path / "speed.json").read_text())
    assert kept["rows"][1]["peak"] == 4_000_000
    picture = (tmp_path / "speed.svg").read_bytes()
    report.main(str(source), str(tmp_path))
    assert (tmp_path / "speed.svg").read_bytes() == picture
    # the page's ink on the page's own ground
    assert b"currentColor" in picture
    assert b"#ffffff" not in picture
    assert b"#000000" not in picture
