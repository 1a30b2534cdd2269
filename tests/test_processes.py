import os
import signal

import pytest

from wordmend.errors import WordmendError
from wordmend.processes import map_in_processes, map_in_threads


def square(number: int) -> int:
    return number * number


def own_process(_: int) -> int:
    return os.getpid()


def be_killed(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_work(workers: int):
    assert list(map_in_processes(square, range(20), workers, "count")) == [n * n for n in range(20)]


def test_one_piece_of_work_needs_no_process():
    assert list(map_in_processes(own_process, [0], 8, "count")) == [os.getpid()]


def test_a_killed_process_is_named():
    with pytest.raises(WordmendError, match=r"that count was killed.*set workers to a smaller number"):
        list(map_in_processes(be_killed, range(8), 2, "count"))


def test_threads_take_work_as_results_are_taken_and_keep_its_order():
    taken: list[int] = []

    def works():
        for number in range(100):
            taken.append(number)
            yield number

    results = map_in_threads(square, works(), 2)
    assert [next(results) for _ in range(10)] == [n * n for n in range(10)]
    assert len(taken) <= 10 + 2 * 2
    results.close()
    assert len(taken) <= 10 + 2 * 2


def test_what_a_thread_raises_is_raised_here():
    def refuse(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    results = map_in_threads(refuse, range(100), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
