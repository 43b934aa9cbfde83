"""Speed: CPU of an audit over CPU of decoding every line with orjson, in one run, and where the time goes.

usage: python scripts/bench.py [FILE ...] [--rounds N]

Without files, two archives beside the checkout are used when they are there, else the demo repeated.
The figures of a round are taken next to each other; the smallest of each counts.
"""

from __future__ import annotations

import cProfile
import gzip
import io
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared" / "data"
_COMMAND = Path(sys.executable).with_name("ownership-audit")
_LAYERS = {
    "decoding": ("orjson", "trackers/file.py"),
    "Jira records to drafts": ("trackers/jira", "fromisoformat", "timeline/conventions.py"),
    "timelines": ("timeline/",),
    "evaluation": ("evaluate/",),
    "calendars": ("calendars/", "bisect"),
    "text": ("/text/", "/signals/", "re2", "re/", "ahocorasick"),
    "findings and report": ("stories.py", "finding.py", "reports/", "hashlib", "json"),
}


def children_cpu() -> float:
    """CPU seconds of all finished child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def decode_cpu(path: Path) -> float:
    """CPU seconds of decoding every line, in this process, the file read before."""
    lines = path.read_bytes().splitlines()
    start = time.process_time()
    for line in lines:
        orjson.loads(line)
    return time.process_time() - start


def arguments(path: Path, options: list[str]) -> list[str]:
    """What the command is given: a whole audit, its report thrown away."""
    return ["audit", str(path), "--format", "json", "--output", os.devnull, "--fail-on", "none", *options]


def audit_cpu(path: Path, options: list[str]) -> float:
    """CPU seconds of the whole command, start-up and report included."""
    before = children_cpu()
    # Compiled modules are kept, as they are on a user's machine.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [str(_COMMAND), *arguments(path, options)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return children_cpu() - before


def measure(path: Path, options: list[str], rounds: int) -> None:
    """Print the ratio for one file."""
    pairs = [(audit_cpu(path, options), decode_cpu(path)) for _ in range(rounds)]
    audit, decode = min(a for a, _ in pairs), min(d for _, d in pairs)
    count = sum(1 for _ in path.open("rb"))
    print(f"{path.name} {' '.join(options)}: {count} issues, {path.stat().st_size / 1e6:.1f} MB")
    print(f"  audit {audit:.2f} s CPU, decoding {decode:.3f} s CPU, ratio {audit / decode:.1f}")
    print(
        f"  {audit / count * 1e6:.0f} microseconds an issue, {count / audit:.0f} issues a second on one core"
    )


def profile(path: Path, options: list[str]) -> None:
    """Print the share of time per layer, by the profiler's own accounting."""
    sys.path.insert(0, str(_ROOT / "src"))
    from ownership_audit import cli

    profiler = cProfile.Profile()
    profiler.enable()
    cli.app(arguments(path, options), standalone_mode=False)
    profiler.disable()
    stats = pstats.Stats(profiler, stream=io.StringIO())
    spent = dict.fromkeys([*_LAYERS, "the rest"], 0.0)
    total = 0.0
    for (file, _, function), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]  # the stubs leave it out
        name = f"{file} {function}"
        layer = next((layer for layer, parts in _LAYERS.items() if any(p in name for p in parts)), "the rest")
        spent[layer] += own
        total += own
    print("  where the time goes: " + ", ".join(f"{layer} {own / total:.0%}" for layer, own in spent.items()))


def archives(folder: Path) -> list[tuple[Path, list[str]]]:
    """The files to measure, unpacked into ``folder``, each with its options."""
    found: list[tuple[Path, list[str]]] = []
    for name, options in (("titanium", ["--assume", "constant-owner"]), ("duraspace", ["--history"])):
        packed = _SHARED / f"{name}.jsonl.gz"
        if packed.exists():
            path = folder / f"{name}.jsonl"
            path.write_bytes(gzip.decompress(packed.read_bytes()))
            found.append((path, options))
    if not found:
        print("The archives are not here; measuring the demo, repeated.")
        from ownership_audit.demo import SOURCE

        lines = [orjson.loads(line) for line in SOURCE.read_bytes().splitlines()]
        path = folder / "demo.jsonl"
        with path.open("wb") as out:
            for number in range(50):
                for issue in lines:
                    key = f"{issue['key']}{number:03d}"
                    out.write(orjson.dumps({**issue, "id": f"{issue['id']}{number:03d}", "key": key}) + b"\n")
        found.append((path, ["--history"]))
    return found


def main(words: list[str]) -> None:
    """Measure each file, then say where the time goes."""
    rounds = int(words[words.index("--rounds") + 1]) if "--rounds" in words else 3
    names = [word for word in words if word.endswith((".jsonl", ".json"))]
    with tempfile.TemporaryDirectory() as folder:
        for path, options in [(Path(name), []) for name in names] or archives(Path(folder)):
            measure(path, options, rounds)
            profile(path, options)


if __name__ == "__main__":
    main(sys.argv[1:])
