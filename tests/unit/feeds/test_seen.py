"""Repetitions are counted in order, within a chunk and across chunks."""

from __future__ import annotations

from oms_core.feeds.values.seen import SeenKeys


def test_each_key_is_told_how_often_it_came_before() -> None:
    seen = SeenKeys()
    assert seen.count_before(["a", "b", "a"]).tolist() == [0, 0, 1]
    assert seen.count_before(["c", "a", "b", "a"]).tolist() == [0, 2, 1, 3]
    assert seen.count_before([]).tolist() == []
    assert seen.count_before(["a", "d"]).tolist() == [4, 0]


def test_many_keys_agree_with_a_plain_dictionary() -> None:
    keys = [str((i * 7919) % 613) for i in range(5_000)]
    seen, plain, expected = SeenKeys(), dict[str, int](), []
    for key in keys:
        expected.append(plain.get(key, 0))
        plain[key] = plain.get(key, 0) + 1
    found = [count for start in range(0, len(keys), 321) for count in seen.count_before(keys[start : start + 321])]
    assert found == expected
