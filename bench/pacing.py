"""Pacing before an outside judge: how busy agents are, how many people are abandoned, at what cost.

    python bench/pacing.py --judge DIR [--agents 5,20,50] [--scenarios steady,outage] [--seeds 5] [--unequal]

DIR holds the judge: `simulator.py` and `scenarios.py`, and `reference.py` with other dialers' figures
if there is one. Run it with an interpreter that has what the judge imports (numpy); the pacer needs
nothing. The baseline is the judge's reference dialer; figures are means over seeds, the worst shift too.
`--unequal` shows what knowing numbers is worth: half of them answer nine times as often as the others.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before the judge imports numpy
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.pacing_policy import make_policy
from dialer.pacing.numbers import History, NumberModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEADER = (
    f"{'scenario':<14}{'agents':>7}{'busy %':>8}{'abandoned %':>13}{'worst shift':>12}"
    f"{'worst hour':>11}{'wait s':>8}{'µs':>6}{'baseline':>10}{'knows agents':>14}"
)
LIKELY, UNLIKELY = 1.8, 0.2  # how often the halves of an unequal list answer, beside the average
ATTEMPTS_BEFORE = 6  # what is known of a number: the outcomes of so many earlier attempts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--judge", required=True, type=Path)
    parser.add_argument("--agents", default="5,20,50,200")
    parser.add_argument("--scenarios", default="")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--unequal", action="store_true")
    asked = parser.parse_args()
    sys.path.insert(0, str(asked.judge))
    try:
        simulator = importlib.import_module("simulator")
    except ModuleNotFoundError as missing:
        sys.exit(
            f"The judge in {asked.judge} cannot be loaded: there is no module {missing.name!r}. "
            "Give the judge's folder, and an interpreter that has what the judge needs."
        )
    scenarios: dict[str, Callable[[int], Any]] = importlib.import_module("scenarios").OPEN
    agents = [int(n) for n in asked.agents.split(",")]
    print(HEADER)
    if asked.unequal:
        unequal(simulator, scenarios["steady"], agents, asked.seeds)
        return
    reference = _reference(asked.judge)
    for name in asked.scenarios.split(",") if asked.scenarios else scenarios:
        for n in agents:
            results = [
                simulator.simulate(scenarios[name](n), make_policy(), seed)
                for seed in range(asked.seeds)
            ]
            print(_row(name, n, results, reference.get((name, n))), flush=True)


def _reference(judge: Path) -> dict[tuple[str, int], tuple[float, float]]:
    if not (judge / "reference.py").exists():
        return {}
    known: dict[tuple[str, int], tuple[float, float]] = importlib.import_module(
        "reference"
    ).REFERENCE
    return known


def _row(
    name: str, agents: int, results: Sequence[Any], known: tuple[float, float] | None = None
) -> str:
    def mean(field: str) -> float:
        return fmean(getattr(result, field) for result in results)

    row = (
        f"{name:<14}{agents:>7}{100 * mean('utilisation'):>8.1f}{100 * mean('abandon'):>13.2f}"
        f"{100 * max(r.abandon for r in results):>12.2f}{100 * mean('worst60'):>11.1f}"
        f"{mean('wait'):>8.1f}{mean('cpu_mean_us'):>6.0f}"
    )
    return row + (f"{known[0]:>10.1f}{known[1]:>14.1f}" if known else "")


def unequal(
    simulator: Any, scenario: Callable[[int], Any], agents: Sequence[int], seeds: int
) -> None:
    """The same unequal list, paced without and with what is known of each number."""

    class UnequalList(simulator.Simulator):  # type: ignore[misc]
        """Each attempt's number is of the likely or the unlikely half; which, the judge's own chance says."""

        odds_now = 1.0

        def _attempt(self) -> None:
            self.odds_now = self.true_odds(self.att.peek(0))
            super()._attempt()

        def p_live(self, t: float) -> float:
            return float(super().p_live(t)) * self.odds_now

        @staticmethod
        def true_odds(attempt: Sequence[float]) -> float:
            return LIKELY if attempt[11] < 0.5 else UNLIKELY  # a draw nothing else uses here

    for title, knows in (("unequal", None), ("… histories", _by_history), ("… the truth", _truth)):
        for n in agents:
            results = []
            for seed in range(seeds):
                policy = make_policy()
                run = UnequalList(scenario(n), policy, seed)
                if knows is not None:
                    tell, place = knows(), run.att
                    policy.odds_of = lambda k, tell=tell, place=place, run=run: tell(
                        place.peek(k), run.true_odds(place.peek(k))
                    )
                results.append(run.run())
            print(_row(title, n, results), flush=True)


def _truth() -> Callable[[Sequence[float], float], float]:
    return lambda _attempt, odds: odds


def _by_history() -> Callable[[Sequence[float], float], float]:
    """Odds by the number model, from earlier attempts at each number, drawn from the attempt's own chance."""
    model, chance = NumberModel(), 0.25

    def past(draw: float, odds: float) -> History:
        answers = 0
        for _ in range(ATTEMPTS_BEFORE):
            draw = (draw * 7919.0) % 1.0  # digits of a draw that nothing else uses here
            answers += draw < chance * odds
        return History(answers, ATTEMPTS_BEFORE * chance)

    def tell(attempt: Sequence[float], odds: float) -> float:
        return model.odds(past(attempt[12], odds), hour=12)

    for i in range(2000):  # the campaign's yesterday: what taught the model how unequal numbers are
        draw = (i + 0.5) * 0.6180339887 % 1.0
        odds = LIKELY if i % 2 else UNLIKELY
        answered = (draw * 104729.0) % 1.0 < chance * odds
        model.learn(past(draw, odds), 12, chance, answered=answered)
    return tell


if __name__ == "__main__":
    main()
