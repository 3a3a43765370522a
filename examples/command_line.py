"""What the programs share: their options, and figures drawn only on demand.

Nothing here is about derivatives; skip it.
"""

import argparse


class Parser(argparse.ArgumentParser):
    """A parser that answers a bad option with one line and exit code 2."""

    def error(self, message):
        """Print the message and leave."""
        self.exit(2, f"{self.prog}: {message}\n")


def parser(example, description, steps):
    """Return a parser of the options that every training example has."""
    options = Parser(f"python -m examples.{example}", description=description)
    options.add_argument(
        "--steps", type=count, default=steps, help="steps of the optimiser (default %(default)s)"
    )
    options.add_argument(
        "--seed", type=count, default=0, help="of all random numbers (default %(default)s)"
    )
    return options


def count(text):
    """Return a whole number that is not negative."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number such as 0, 1, 2, ...")
    return number


def due(step, steps):
    """Return whether to report now: about ten times in all the steps."""
    return step % max(1, steps // 10) == 0


def new_figure(columns):
    """Return an empty matplotlib figure and its axes, side by side.

    Raises
    ------
    SystemExit
        With one line that says what to install, where matplotlib is absent.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SystemExit(
            "--plot needs matplotlib: pip install 'adkit-autodiff[bench]', or leave out --plot"
        ) from None
    # A Figure of its own, not pyplot's: nothing global, and no window system is asked for.
    figure = Figure(figsize=(5.5 * columns, 4.2), layout="constrained")
    return figure, figure.subplots(1, columns)


def save(figure, path):
    """Write the figure; the ending of the name decides between PNG, SVG and PDF."""
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise SystemExit(f"--plot {path}: {error}") from None
    print(f"plot written to {path}")
