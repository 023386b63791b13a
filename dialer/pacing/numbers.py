"""How much likelier than the average a number is to be answered, from its own history and the hour.

Does not know who a number belongs to, nor keep histories (the store does): they are brought here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

# How unequal numbers may be: the shape of a gamma law of mean 1 their odds are thought to follow.
_SHAPES = (0.5, 1.0, 2.0, 4.0, 8.0, 32.0, 1000.0)
_HOUR_PRIOR = 50.0  # answers before an hour's own rate counts as much as the day's
_UNLIKELIEST, _LIKELIEST = 0.001, 0.95


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a number: how often it was answered, and how often an average one would have been."""

    answers: int = 0
    expected: float = 0.0


class NumberModel:
    """Learns how unequal numbers and hours are; tells a number's odds (1: average).

    How far a history is to be trusted depends on how unequal numbers are, and that is learned too:
    each degree of inequality foretells every outcome, and those that foretell well are believed.
    """

    def __init__(self) -> None:
        self._score = [0.0 for _ in _SHAPES]
        self._came = [_HOUR_PRIOR] * 24
        self._expected = [_HOUR_PRIOR] * 24

    def odds(self, history: History, hour: int) -> float:
        return self._of_number(history) * self._of_hour(hour)

    def learn(self, history: History, hour: int, chance: float, *, answered: bool) -> History:
        """An attempt is over: an average number was answered with `chance`. Returns the history now."""
        chance = max(chance, _UNLIKELIEST)
        usual = min(chance * self._of_hour(hour), _LIKELIEST)
        for i, shape in enumerate(_SHAPES):
            foretold = min(usual * _posterior(shape, history), _LIKELIEST)
            self._score[i] += log(foretold if answered else 1.0 - foretold)
        self._came[hour] += answered
        self._expected[hour] += chance * self._of_number(history)
        return History(history.answers + answered, history.expected + usual)

    def _of_number(self, history: History) -> float:
        best = max(self._score)
        weights = [exp(score - best) for score in self._score]
        odds = (_posterior(shape, history) for shape in _SHAPES)
        return sum(w * o for w, o in zip(weights, odds, strict=True)) / sum(weights)

    def _of_hour(self, hour: int) -> float:
        return self._came[hour] / self._expected[hour]


def _posterior(shape: float, history: History) -> float:
    return (shape + history.answers) / (shape + history.expected)
