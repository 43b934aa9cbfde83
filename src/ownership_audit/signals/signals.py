"""All signals of one language behind one door. The lexicons are read when a text is first asked about."""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache
from pathlib import Path

from ownership_audit.signals.bump import BumpReader, load_bump
from ownership_audit.signals.lexicon import load_lexicons
from ownership_audit.signals.memory import Memory
from ownership_audit.signals.reader import Reader, Reading
from ownership_audit.text import Prose

_METHOD = b"2"  # to be counted up where the same lexicons read otherwise than before


@lru_cache(maxsize=4)
def _reader(folder: Path) -> Reader:
    """The reader of a folder's lexicons, read once a process."""
    return Reader(*load_lexicons(folder))


class Signals:
    """Reads signals off prose, by the lexicons in a language's folder.

    With a ``memory`` what was found in a text is kept, and found again without reading the text.
    """

    def __init__(self, folder: Path, memory: Memory | None = None) -> None:
        self.folder = folder
        self._memory = memory
        self._bump = BumpReader(load_bump(folder / "bump.yaml"))

    def with_memory(self, memory: Memory) -> Signals:
        """The same signals, with a memory."""
        return Signals(self.folder, memory)

    def is_bump(self, prose: Prose) -> bool:
        """True for a bare bump, thanks or +1; see BumpReader."""
        return self._bump.is_bump(prose)

    @cached_property
    def reader(self) -> Reader:
        """The reader of all other signals. Raises RuleError for a lexicon that can't be read."""
        return _reader(self.folder)

    @cached_property
    def version(self) -> bytes:
        """Tells lexicons apart: what one version found in a text need not be what another finds."""
        digest = hashlib.blake2b(_METHOD, digest_size=16)
        for path in sorted(self.folder.glob("*.yaml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.digest()

    def read(self, prose: Prose, speaker: str = "other") -> Reading:
        """What the prose says in the mouth of ``speaker`` (``owner``, ``reporter`` or ``other``)."""
        if self._memory is None:
            return self.reader.read(prose.text, speaker)
        return self._memory.read(lambda: self.reader, prose.text, speaker, self.version)
