"""`single_threaded`: OpenCV keeps to the thread that calls it while clips are made side by side."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside = 0
_before = 1


@contextmanager
def single_threaded() -> Iterator[None]:
    """Have OpenCV use one thread, in the whole process, until the last who asked for it leaves.

    A clip a core is all the parallel work there is. OpenCV's pool has one more thread a core; it
    serves one caller at a time, so that on two cores it gains nothing and on many its threads are
    woken for pieces of work of a fraction of a millisecond. The pictures are the same either way.
    """
    global _inside, _before
    import cv2

    with _lock:
        if not _inside:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                cv2.setNumThreads(_before)
