"""Progress on the error stream, for runs that last."""

import sys
import time

#: Seconds of silence: a run that ends earlier prints nothing.
PATIENCE = 2.0


class Progress:
    """Says how far a run has come, on `stream`, once it has lasted longer than two seconds.

    On a terminal one line is rewritten; elsewhere a line is added at most every ten seconds.
    """

    def __init__(self, total, stream=None, now=time.monotonic):
        self.total = total
        self.done = 0
        self.stream = stream if stream is not None else sys.stderr
        self.now = now
        self.start = now()
        self.next_line = self.start + PATIENCE
        self.width = 0

    def step(self, what):
        """Say that `what` is about to begin."""
        moment = self.now()
        if moment >= self.next_line:
            text = f"[{self.done}/{self.total}] {what}, {moment - self.start:.0f} s so far"
            if self.stream.isatty():
                self.stream.write("\r" + text.ljust(self.width))
                self.width = len(text)
            else:
                self.stream.write(text + "\n")
                self.next_line = moment + 10.0
            self.stream.flush()
        self.done += 1

    def close(self):
        """Wipe the line of the terminal."""
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
