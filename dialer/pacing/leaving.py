"""Whether agents who finish come back: when a team leaves for lunch they don't.

Does not know when a break will end: nobody is counted on until he is ready again.
"""

from __future__ import annotations

_TOGETHER = 0.6  # the share that leaves when a team leaves
_BEGINS, _ENDS = 0.0005, 0.03  # chance, at each finish, that such a leave begins, is over
_USUAL, _PRIOR = 1.0, 50.0  # one in fifty takes a break, before anything is seen
_MEMORY = 1000.0


class Leaving:
    """The ordinary trickle of breaks, or a team that leaves: two states with Bayes between them.

    Each agent who left or came back is evidence; the third one missing is enough to tell.
    """

    def __init__(self) -> None:
        self._left, self._finished = _USUAL, _PRIOR
        self._together = 0.0  # the chance that a team is leaving now

    @property
    def return_chance(self) -> float:
        """The chance that an agent who finishes is there for the next call."""
        return 1.0 - (self._together * _TOGETHER + (1.0 - self._together) * self._usual)

    @property
    def _usual(self) -> float:
        return self._left / self._finished

    def left(self) -> None:
        self._weigh(_TOGETHER, self._usual)
        self._count(1.0)

    def returned(self) -> None:
        self._weigh(1.0 - _TOGETHER, 1.0 - self._usual)
        self._count(0.0)

    def _weigh(self, together: float, usual: float) -> None:
        prior = self._together * (1.0 - _ENDS) + (1.0 - self._together) * _BEGINS
        self._together = prior * together / (prior * together + (1.0 - prior) * usual)

    def _count(self, left: float) -> None:
        """What happens while a team leaves says nothing about ordinary breaks."""
        weight = 1.0 - self._together
        self._left += left * weight
        self._finished += weight
        if self._finished > _MEMORY:
            self._left, self._finished = self._left / 2, self._finished / 2
