"""The crossover heat map: its numbers, its lines, its files."""

import numpy as np
import pytest

from benchmarks import heatmap
from tests.benchmarks import made_up


def legend(record):
    axes = heatmap.draw(record).axes[0]
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_ratios_are_ordered_by_size():
    cells = made_up.grid()
    ns, ms, logs = heatmap.ratios(cells[::-1])
    assert ns.tolist() == ms.tolist() == [1, 8, 64]
    assert logs == pytest.approx(-logs.T)
    assert logs[2, 0] == pytest.approx(np.log10(66 / 3))


def test_edges_lie_halfway_between_sizes():
    assert heatmap.edges([1, 4, 16]) == pytest.approx([0.5, 2.0, 8.0, 32.0])
    lower, upper = heatmap.edges([10])
    assert lower < 10 < upper


def test_refined_keeps_the_measured_values_at_the_corners():
    ns, ms, logs = heatmap.ratios(made_up.grid())
    fine_ns, fine_ms, fine = heatmap.refined(ns, ms, logs)
    assert fine.shape == (fine_ns.size, fine_ms.size)
    assert fine[[0, 0, -1, -1], [0, -1, 0, -1]] == pytest.approx(
        logs[[0, 0, -1, -1], [0, -1, 0, -1]]
    )


def test_refined_is_linear_in_the_logarithms():
    sizes = np.array([1, 10, 100])
    logs = np.add.outer(np.log10(sizes), -2.0 * np.log10(sizes))
    fine_ns, fine_ms, fine = heatmap.refined(sizes, sizes, logs)
    assert fine == pytest.approx(np.add.outer(np.log10(fine_ns), -2.0 * np.log10(fine_ms)))


def test_bounds_line():
    n = np.array([1.0, 3.0, 100.0])
    assert 1.5 + 2.5 * heatmap.bound_outputs(n) == pytest.approx(1 + 1.5 * n)


def test_lines_are_named():
    names = legend(made_up.record(made_up.grid()))
    assert names == [
        "n = m",
        "equal bounds: 1 + 1.5 n = 1.5 + 2.5 m",
        "measured: equal times",
    ]


def test_measured_line_runs_where_times_are_equal():
    axes = heatmap.draw(made_up.record(made_up.grid())).axes[0]
    contour = next(item for item in axes.collections if hasattr(item, "levels"))
    points = contour.get_paths()[0].vertices
    assert len(points) > 100
    # In the made-up record the times are equal where n = m.
    assert np.log(points[:, 0]) == pytest.approx(np.log(points[:, 1]), abs=0.05)


def test_no_measured_line_where_one_mode_always_wins():
    cells = [made_up.case(f"grid-{n}x9", n, 9, 1e-5, 3e-5) for n in (1, 2)]
    assert "measured: equal times" not in legend(made_up.record(cells))


def test_cells_say_the_choice_and_the_factor():
    axes = heatmap.draw(made_up.record(made_up.grid())).axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert {"F  tie", "R  22\N{MULTIPLICATION SIGN}", "F  3.3\N{MULTIPLICATION SIGN}"} <= set(texts)


def test_wrong_choice_shows_as_a_factor_below_one():
    cells = [made_up.case("grid-4x4", 4, 4, 2e-5, 1e-5, chosen="forward")]
    axes = heatmap.draw(made_up.record(cells)).axes[0]
    assert "F  0.5\N{MULTIPLICATION SIGN}" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("sizes", [(1, 8, 64), (5,), (1, 1000)])
def test_files_are_written(tmp_path, sizes):
    paths = [tmp_path / "map.png", tmp_path / "map.svg"]
    heatmap.save(made_up.record(made_up.grid(sizes)), paths)
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in paths[1].read_text()


def test_same_record_gives_the_same_svg(tmp_path):
    paths = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for path in paths:
        heatmap.save(made_up.record(made_up.grid()), [path])
    assert paths[0].read_text() == paths[1].read_text()
