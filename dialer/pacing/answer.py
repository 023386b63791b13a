"""Who will answer, and when: the chance of each call in flight, from its age, learned on line.

Does not know numbers (their odds come with the call) nor how many agents there are.

A call is set up, then rings, then ends: a person, a machine, nobody. How long each takes is a slow
truth about the network and people, kept in life tables; how many people answer *now* is a quick one,
kept as one factor on how many people answer at every age.
"""

from __future__ import annotations

from math import exp, log
from operator import mul
from typing import TYPE_CHECKING

from dialer.pacing.level import Level
from dialer.pacing.lifetable import LifeTable
from dialer.pacing.state import Fact

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from dialer.pacing.state import CallNow, Happening

STEP_S = 0.5  # the grid on which chances are tabulated
_STEPS = 80
_LAST = _STEPS - 1
_PERSON, _MACHINE, _NOBODY = range(3)
_RINGS, _FAILS = range(2)
_RING_EDGES_S = tuple(range(45))
_SETUP_EDGES_S = tuple(0.5 * i for i in range(17))
_LEAST_ALIVE = 0.02  # some calls ring to the end, whatever the tables say
_ODDS_WEIGHT = 0.002  # of one decision in the usual odds
_LONGEST_S, _LONGEST_VERDICT_S = 180.0, 20.0  # no call rings, no detector listens as long
_REFRESH_S = 5.0  # the slow truths are tabulated anew this often
# A number that cannot be reached says so within two seconds, so counting on it costs a moment at most,
# while counting on failure floods the agents the moment a lost trunk comes back.
_LEAST_RINGING = 0.5


class AnswerModel:
    """Learns from every call's fate; tells each call's chance to be answered within given times."""

    def __init__(self) -> None:
        self._ring = LifeTable(_RING_EDGES_S, _ring_prior(), prior_lives=12.0, memory=8000.0)
        self._setup = LifeTable(_SETUP_EDGES_S, _setup_prior(), prior_lives=20.0, memory=2000.0)
        self._level = Level()
        self._ringing_s: dict[Hashable, float] = {}
        self._picked_s: dict[Hashable, tuple[float, float]] = {}  # when, and the ring's age then
        self._verdict_s = 0.0  # how long machine detection listens, on average
        self.usual_odds = 1.0  # of the calls the tables were learned from
        self._watched: list[tuple[int, float]] = []  # ages on the grid and weights, last time
        self._watched_at_s = 0.0
        self._tabulated_s = float("-inf")
        self._came = 0
        self._tabulate()
        self._refresh()

    @property
    def level(self) -> float:
        """How much more people answer now than the life tables say."""
        return self._level.value

    @property
    def doubt(self) -> float:
        """By what share the level may be wrong: an error that all calls have in common."""
        return self._level.doubt

    def learn(self, at_s: float, happenings: Iterable[Happening]) -> None:
        """Take in what calls did until `at_s`; then the chances are those of now."""
        for what in happenings:
            match what.fact:
                case Fact.RINGING:
                    self._ringing_s[what.subject] = what.at_s
                    self._setup.life(what.value_s, _RINGS)
                case Fact.FAILED:
                    self._fails(what)
                case Fact.PICKED_UP:
                    rung_s = self._ring_age_s(what)
                    self._picked_s[what.subject] = (what.at_s, rung_s)
                case Fact.ANSWERED:
                    self._came += 1
                    self._ends(what, _PERSON)
                case Fact.MACHINE:
                    self._ends(what, _MACHINE)
                case Fact.NO_ANSWER:
                    self._ends(what, _NOBODY)
                case _:
                    pass
        self._watch(at_s)
        if at_s - self._tabulated_s >= _REFRESH_S:
            self._tabulated_s = at_s
            self._forget_lost(at_s)
            self._tabulate()
        self._refresh()

    def watch(self, at_s: float, calls: Iterable[CallNow]) -> dict[tuple[int, bool, float], int]:
        """Sort calls by age on the grid, whether they ring, and odds; remember them for `learn`."""
        groups: dict[tuple[int, bool, float], int] = {}
        for call in calls:
            ringing = call.ringing_s is not None
            since_s = call.dialled_s if call.ringing_s is None else call.ringing_s
            key = (max(int((at_s - since_s) / STEP_S), 0), ringing, call.odds)
            groups[key] = groups.get(key, 0) + 1
        self._watched = [
            (age, n * self._beside(o)) for (age, rings, o), n in groups.items() if rings
        ]
        self._watched_at_s = at_s
        total = sum(groups.values())
        if total:
            mean = sum(n * odds for (_, _, odds), n in groups.items()) / total
            self.usual_odds += (mean - self.usual_odds) * _ODDS_WEIGHT
        return groups

    def chances(
        self, age: int, *, ringing: bool, odds: float, within: Sequence[int]
    ) -> list[float]:
        """The chance to be answered by a person within each of the `within` grid steps."""
        late = int(self._verdict_s / STEP_S + 0.5)
        if ringing:
            age = min(age, _LAST)
            alive, by_now = self._alive[age], self._answered[age]
            raw = [
                min((self._answered[max(age, min(age + s - late, _LAST))] - by_now) / alive, 1.0)
                for s in within
            ]
        else:
            raw = [self._set_up(age, max(s - late, 0)) for s in within]
        beside = self._beside(odds)
        if beside == 1.0:
            return raw
        return [1.0 - (1.0 - p) ** beside for p in raw]

    def screened(self) -> list[float]:
        """For each call that machine detection listens to: the chance that it is a person."""
        return [self._person_at(rung_s) for _, rung_s in self._picked_s.values()]

    @property
    def answer_chance(self) -> float:
        """The chance that a call dialled now is answered by a person."""
        return self._set_up(0, _LAST)

    def answer_times(self, parts: int) -> list[int]:
        """When a call dialled now will be answered, if it is: the middles of `parts` equal chances."""
        total = self.answer_chance
        times: list[int] = []
        for s in range(_LAST):
            while len(times) < parts and self._set_up(0, s) >= total * (len(times) + 0.5) / parts:
                times.append(s + int(self._verdict_s / STEP_S + 0.5))
        return times + [_LAST] * (parts - len(times))

    def _beside(self, odds: float) -> float:
        """Odds beside those of the calls the tables were learned from."""
        return odds / self.usual_odds

    # -- learning

    def _ring_age_s(self, what: Happening) -> float:
        rang_s = self._ringing_s.pop(what.subject, None)
        if rang_s is None:  # answered without having rung: the set-up took all the time
            self._setup.life(what.value_s, _RINGS)
            return 0.0
        return max(what.at_s - rang_s, 0.0)

    def _fails(self, what: Happening) -> None:
        if self._ringing_s.pop(what.subject, None) is None:
            self._setup.life(what.value_s, _FAILS)

    def _ends(self, what: Happening, kind: int) -> None:
        picked = self._picked_s.pop(what.subject, None)
        if picked is None:
            self._ring.life(self._ring_age_s(what), kind)
            return
        picked_s, rung_s = picked
        took_s = min(max(what.at_s - picked_s, 0.0), _LONGEST_VERDICT_S)
        self._verdict_s += (took_s - self._verdict_s) * 0.05
        self._ring.life(rung_s, kind)

    def _forget_lost(self, at_s: float) -> None:
        """Calls whose end was never told, because a link was down."""
        for call in [c for c, since_s in self._ringing_s.items() if at_s - since_s > _LONGEST_S]:
            del self._ringing_s[call]
        for call in [c for c, (at, _) in self._picked_s.items() if at_s - at > _LONGEST_VERDICT_S]:
            del self._picked_s[call]

    def _watch(self, at_s: float) -> None:
        """Compare the people who answered since with how many the calls watched then promised."""
        passed_s = at_s - self._watched_at_s
        if passed_s <= 0.0:
            return  # twice in one instant: what came is compared next time
        came, self._came = self._came, 0
        if not self._watched:
            return
        steps = passed_s / STEP_S
        middle = 0.5 + steps / 2.0  # of the time passed; a watched age was rounded down
        expected = steps * sum(
            n * self._usual[min(int(age + middle), _LAST)] / self._alive[min(age, _LAST)]
            for age, n in self._watched
        )
        self._level.observe(came, expected, passed_s)

    # -- tables

    def _tabulate(self) -> None:
        """The slow truths on the grid: how ringing ends, and when set-up ends in ringing."""
        hazards = [self._ring.hazards(kind) for kind in range(self._ring.kinds)]
        alive, person, other = 1.0, 0.0, 0.0
        self._usual, self._person, self._other, self._machine = [], [], [], []
        for k in range(_STEPS):
            bin_ = self._ring.bin((k + 0.5) * STEP_S)
            by_person, by_machine, by_nobody = (h[bin_] for h in hazards)
            total = by_person + by_machine + by_nobody
            gone = alive * (1.0 - exp(-total * STEP_S))
            share = gone / total if total > 0.0 else 0.0
            self._person.append(person)
            self._other.append(other)
            self._usual.append(share * by_person)
            self._machine.append(share * by_machine)
            alive -= gone
            person += share * by_person
            other += share * (by_machine + by_nobody)
        rings, fails = self._setup.hazards(_RINGS), self._setup.hazards(_FAILS)
        alive, begins, left = 1.0, [], []
        for k in range(len(_SETUP_EDGES_S)):
            left.append(alive)
            total = rings[k] + fails[k]
            gone = alive * (1.0 - exp(-total * STEP_S))
            begins.append(gone * rings[k] / total if total else 0.0)
            alive -= gone
        self._begins, self._unset = _at_least(begins, left, _LEAST_RINGING)

    def _refresh(self) -> None:
        """Of calls that began to ring: the shares answered by, and still ringing at, each age.

        When more people answer, more do so at every age and fewer calls are left to ring.
        """
        level = self._level.value
        self._answered = [min(level * p, 1.0 - _LEAST_ALIVE) for p in self._person]
        self._alive = [
            max(1.0 - p - o, _LEAST_ALIVE) for p, o in zip(self._answered, self._other, strict=True)
        ]
        self._backwards = self._answered[::-1]

    def _set_up(self, age: int, within: int) -> float:
        """The chance of a call that does not ring yet."""
        age = min(age, len(self._begins) - 1)
        # a call that starts to ring in step u has within − u steps left to be answered
        start = _STEPS - 1 - min(within, _LAST)
        sure: float = sum(map(mul, self._begins[age:], self._backwards[start:]))
        return min(sure / self._unset[age], 1.0)

    def _person_at(self, rung_s: float) -> float:
        k = min(int(rung_s / STEP_S), _LAST)
        person = self._usual[k] * self._level.value
        return person / (person + self._machine[k] + 1e-9)


def _at_least(
    begins: list[float], left: list[float], share: float
) -> tuple[list[float], list[float]]:
    """Scale the chances to ring so that at least `share` of the calls dialled do."""
    rings = sum(begins)
    if rings >= share:
        return begins, left
    scale = share / max(rings, 1e-9)
    scaled = [b * scale for b in begins]
    return scaled, [max(s, sum(scaled[i:]), 1e-9) for i, s in enumerate(left)]


def _ring_prior() -> list[list[float]]:
    """Before the first call: three in ten answer, after nine seconds on average; machines by their habits."""
    person: list[float] = []
    machine: list[float] = []
    alive = 1.0
    for age in _RING_EDGES_S:
        a, b = age / 3.0, (age + 1) / 3.0
        answers = 0.3 * (_gamma3(b) - _gamma3(a))
        by_machine = 0.02 if age in {1, 2} else 0.025 if 16 <= age < 20 else 0.0
        person.append(-log(1.0 - answers / alive))
        machine.append(-log(1.0 - by_machine / alive))
        alive -= answers + by_machine
    nobody = [0.0 if age < 25 else 0.2 for age in _RING_EDGES_S]
    return [person, machine, nobody]


def _gamma3(x: float) -> float:
    """Distribution function of the gamma law of shape 3 and scale 1."""
    return 1.0 - exp(-x) * (1.0 + x + x * x / 2.0)


def _setup_prior() -> list[list[float]]:
    """Before the first call: most ring after one to three seconds, one in ten fails."""
    rings = [0.0, 0.05, 0.25, *([0.8] * 14)]
    fails = [0.0, 0.02, *([0.08] * 15)]
    return [rings, fails]
