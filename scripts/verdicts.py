"""Compare the tool with hand-made verdicts on real histories: what it finds, misses, and wrongly raises.

usage: python scripts/verdicts.py ISSUES VERDICTS [--details]

A verdict line is {"issue", "now", "open": [{"rule", "owed_by", "readings", "strength", "why"}],
"never": [{"rule", "why"}]}. Rules of one story count as one.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ownership_audit.config import Settings
from ownership_audit.finding import Finding
from ownership_audit.run import Auditor, Options, choose_rules, load_signals
from ownership_audit.timeline import Draft, build
from ownership_audit.trackers.file import Record, records
from ownership_audit.trackers.jira import JiraReader


@dataclass
class Score:
    """What the comparison counted; the lists hold lines to print."""

    agreed: int = 0
    found: int = 0
    raised: int = 0
    supported: int = 0
    missed: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    traps: list[str] = field(default_factory=list)
    info: list[str] = field(default_factory=list)


def drafts(path: Path, settings: Settings) -> dict[str, Draft]:
    """Every issue of the file by key."""
    reader = JiraReader(settings.conventions())
    return {
        str(item.data["key"]): reader.draft(item.data, item.place)
        for item in records(path)
        if isinstance(item, Record)
    }


def same_story(auditor: Auditor, one: str, other: str) -> bool:
    """Whether two rules are stages of one story."""
    if one == other:
        return True
    below = auditor.subsumed
    return other in below.get(one, ()) or one in below.get(other, ())


def compare(auditor: Auditor, verdict: dict[str, Any], found: list[Finding], score: Score) -> None:
    """Count one verdict."""
    place = f"{verdict['issue']} {verdict['now'][:16]}"
    known = {rule.id for rule in auditor.rules.rules}
    for expected in verdict["open"]:
        if expected["readings"] < 2 or expected["strength"] != "clear" or expected["rule"] not in known:
            continue
        score.agreed += 1
        if any(same_story(auditor, finding.rule, expected["rule"]) for finding in found):
            score.found += 1
        else:
            score.missed.append(f"{place} {expected['rule']}: {expected['why']}")
    for finding in found:
        backed = any(same_story(auditor, finding.rule, expected["rule"]) for expected in verdict["open"])
        owed = f"owed by {finding.owed_by.label}, due {finding.due:%Y-%m-%d}"
        line = f"{place} {finding.severity} {finding.rule} {owed}"
        if finding.severity != "info":
            score.raised += 1
            score.supported += backed
        if not backed:
            (score.info if finding.severity == "info" else score.unsupported).append(line)
        for trap in verdict["never"]:
            if trap["rule"] == finding.rule:
                score.traps.append(f"{line}: never {trap['rule']}, {trap['why']}")


def main(issues: Path, verdicts: Path, details: bool) -> None:
    """Compare all verdicts and print the counts."""
    settings = Settings()
    auditor = Auditor(settings, choose_rules(settings), load_signals())
    by_key = drafts(issues, settings)
    score = Score()
    lines = verdicts.read_text(encoding="utf-8").splitlines()
    for line in lines:
        verdict = json.loads(line)
        now = datetime.fromisoformat(verdict["now"])
        timeline = build(by_key[verdict["issue"]], settings.conventions(), now)
        assert timeline is not None
        found = auditor.findings(timeline, auditor.evaluation(timeline, now), Options(as_of=now))
        compare(auditor, verdict, found, score)
    print(f"{len(lines)} verdicts, {len(auditor.rules.rules)} rules")
    print(f"agreed clear findings: {score.found} of {score.agreed} found")
    print(f"warnings and errors:   {score.supported} of {score.raised} supported by a reading")
    print(f"named traps hit:       {len(score.traps)}")
    print(f"info not in a reading: {len(score.info)}")
    if details:
        for name in ("missed", "unsupported", "traps", "info"):
            print(f"\n{name}:")
            for text in getattr(score, name):
                print(f"  {text}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), "--details" in sys.argv)
