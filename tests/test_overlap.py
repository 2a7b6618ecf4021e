"""Clips that are decoded and written while the next is denoised. No torch."""

import threading
import time

import numpy as np
import pytest

from songreel.generation.diffusion.overlap import Behind

FRAMES = [np.full((2, 2, 3), value, np.uint8) for value in range(5)]


@pytest.fixture(params=[True, False], ids=["room", "no room"])
def behind(request):
    made = Behind("cpu", room=request.param)
    yield made
    made.close()


def clip(number):
    def frames():
        for frame in FRAMES:
            time.sleep(0.002)
            yield frame + np.uint8(number * 10)

    return frames


def test_clips_come_whole_and_in_order(behind):
    order = []

    def write(number):
        def take(pictures):
            taken = [int(picture[0, 0, 0]) for picture in pictures]
            order.append(number)
            return taken

        return take

    done = [behind.finish(clip(number), write(number)) for number in range(4)]
    assert [each.result() for each in done] == [
        [10 * number + value for value in range(5)] for number in range(4)
    ]
    assert order == [0, 1, 2, 3]


def test_with_room_decoding_runs_beside_whatever_comes_next():
    behind, seen = Behind("cpu", room=True), threading.Event()

    def frames():
        assert seen.wait(60)
        yield from FRAMES

    later = behind.finish(frames, lambda pictures: len(list(pictures)))
    assert not later.done()
    seen.set()
    assert later.result(60) == 5
    behind.close()


def test_without_room_all_is_decoded_before_the_next_begins():
    behind, made, written = Behind("cpu", room=False), [], threading.Event()

    def frames():
        for frame in FRAMES:
            made.append(threading.current_thread())
            yield frame

    def write(pictures):
        assert written.wait(60)
        return len(list(pictures))

    later = behind.finish(frames, write)
    assert made == [threading.main_thread()] * 5
    assert not later.done()
    written.set()
    assert later.result(60) == 5
    behind.close()


def test_no_more_than_one_clip_waits(behind):
    going, most, now = threading.Event(), [], []

    def write(pictures):
        now.append(1)
        most.append(len(now))
        going.wait(0.02)
        list(pictures)
        now.pop()

    for number in range(4):
        behind.finish(clip(number), write)
    behind.close()
    assert most == [1, 1, 1, 1]


def test_what_goes_wrong_comes_with_the_clip_and_the_next_is_made(behind):
    def broken():
        yield FRAMES[0]
        raise MemoryError("no memory for frame 1")

    failed = behind.finish(broken, lambda pictures: len(list(pictures)))
    fine = behind.finish(clip(1), lambda pictures: len(list(pictures)))
    with pytest.raises(MemoryError, match="frame 1"):
        failed.result(60)
    assert fine.result(60) == 5


def test_a_clip_that_is_not_wanted_any_more_is_not_decoded_on():
    class Enough(Exception):
        pass

    behind, decoded = Behind("cpu", room=True), []

    def frames():
        try:
            for number, frame in enumerate(FRAMES):
                decoded.append(number)
                yield frame
        finally:
            decoded.append("closed")

    def write(pictures):
        for count, _ in enumerate(pictures):
            if count == 1:
                raise Enough

    with pytest.raises(Enough):
        behind.finish(frames, write).result(60)
    behind.close()
    assert decoded == [0, 1, "closed"]
