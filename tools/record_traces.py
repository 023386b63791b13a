"""Record what a real Asterisk says of the stories in trace_stories.py, into tests/traces.

    python -m tools.record_traces              all stories that have no trace yet
    python -m tools.record_traces NAME …       these, anew

Each story gets a fresh lab and leaves NAME.ami (AMI's bytes), NAME.cel.csv (Asterisk's own record) and
NAME.expected.json. The last is what our code makes of it *now*: read it beside the CEL before committing.
"""

from __future__ import annotations

import asyncio
import json
import sys

from lab import sip
from lab.pbx import Asterisk
from lab.settings import PHONES, LabSettings, Queue
from tests.traces.replay import FOLDER, events_of, outcome_of, replay
from tools.ami_tap import AmiTap
from tools.trace_stories import STORIES, Stage, Story

SETTINGS = LabSettings(
    queues=(Queue("support", PHONES[:6], ring_s=3), Queue("sales", PHONES[4:], strategy="ringall"))
)


async def record(name: str, story: Story) -> None:
    async with (
        Asterisk.running(SETTINGS) as pbx,
        AmiTap.open(pbx.host, pbx.ami_port, pbx.ami_user, pbx.ami_secret) as tap,
    ):
        await story(Stage(pbx, tap))
        await sip.all_over(pbx)
        await tap.all_over()
        (FOLDER / f"{name}.ami").write_bytes(tap.sent)
        (FOLDER / f"{name}.cel.csv").write_bytes(pbx.cel_csv.read_bytes())
    expect(name)


def expect(name: str) -> None:
    """Write down what comes of a trace now."""
    _, changes = replay(events_of(name))
    text = json.dumps(outcome_of(changes), indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.expected.json").write_text(text + "\n", "utf-8")


async def main(wanted: list[str]) -> int:
    missing = [name for name in STORIES if not (FOLDER / f"{name}.ami").exists()]
    failed = 0
    for name in wanted or missing:
        try:
            await record(name, STORIES[name])
            print(f"recorded {name}")
        except Exception as error:  # noqa: BLE001  # one story's failure is told, the others go on
            failed += 1
            print(f"FAILED {name}: {error!r}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
