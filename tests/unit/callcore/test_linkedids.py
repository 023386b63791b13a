from __future__ import annotations

from callcore.ids import Linkedid
from callcore.linkedids import age, oldest


def test_the_earlier_second_is_older_and_within_one_the_lower_count() -> None:
    ids = [Linkedid(text) for text in ("lab-1700000001.2", "lab-1700000000.10", "lab-1700000000.9")]
    assert sorted(ids, key=age) == ["lab-1700000000.9", "lab-1700000000.10", "lab-1700000001.2"]


def test_an_id_that_an_originate_chose_is_the_youngest() -> None:
    assert oldest([Linkedid("attempt-77"), Linkedid("lab-1900000000.1")]) == "lab-1900000000.1"
    assert oldest([Linkedid("b"), Linkedid("a")]) == "a"


def test_without_systemname_the_order_is_the_same() -> None:
    assert oldest([Linkedid("1700000000.7"), Linkedid("1700000000.6")]) == "1700000000.6"


def test_a_monstrous_number_does_not_raise() -> None:
    assert age(Linkedid("9" * 5000 + ".1"))[0] == 0
