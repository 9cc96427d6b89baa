"""The report of a run: ratios to the limit, and the picture."""

import json
from pathlib import Path

import pytest

from benchmarks import report


def test_report_writes_ratios(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: refgd[cli]")

    def entry(peer: str, n: int, steps: int, seconds: float) -> dict[str, object]:
        info = {"peer": peer, "n": n, "d": 1, "iterations": 1000, "steps": steps}
        return {"extra_info": info, "stats": {"min": seconds}}

    timed = [
        entry(peer, n, steps, seconds)
        for n in (4, 40)
        for peer, steps, seconds in (("fit", 10, 0.06), (report.LIMIT, 1000, 2.0))
    ]
    source = tmp_path / "speed.json"
    source.write_text(json.dumps({"benchmarks": timed}))
    report.main(str(source), str(tmp_path))
    row = "| 4 | 1 | 1,000 | 6 s (3×) | 2 s (1×) |"
    assert row in capsys.readouterr().out
    assert row in (tmp_path / "speed.md").read_text("utf-8")
    assert json.loads((tmp_path / "speed_table.json").read_text())[1]["n"] == 40
    assert "<svg" in (tmp_path / "speed.svg").read_text("utf-8")
