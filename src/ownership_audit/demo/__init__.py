"""The demo: invented issues as Jira REST JSON, with a fixed moment to audit them at, so output is stable.

`STORIES.md` beside the data says what each issue tells and which rules it shows.
"""

from datetime import UTC, datetime
from pathlib import Path

AS_OF = datetime(2026, 4, 1, 12, tzinfo=UTC)
"""The moment the demo is audited at: a Wednesday, three working hours into the day."""

SOURCE = Path(__file__).with_name("issues.jsonl")
"""The issues, one a line."""

CONFIG = Path(__file__).with_name("ownership-audit.yaml")
"""The demo's settings."""
