"""Logistic regression and a small neural network: many parameters, one loss."""

from functools import partial

import numpy as np

from benchmarks.cases.case import Case
from benchmarks.cases.datasets import load

HIDDEN = 8
IMAGES = 200
CLASSES = 10


def logistic_loss(features, labels, weights):
    """Return the regularised mean loss; labels are -1 or 1, the last weight is the bias."""
    slopes, bias = weights[:-1], weights[-1]
    margins = labels * (features @ slopes + bias)
    return np.mean(np.logaddexp(0.0, -margins)) + 0.005 * np.sum(slopes**2)


def build_logistic(seed):
    """Return logistic regression on the breast-cancer data (569 patients, 30 features)."""
    data = load("breast_cancer")
    features = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    weights = 0.1 * np.random.default_rng(seed).standard_normal(features.shape[1] + 1)
    return Case(
        name="logistic",
        f=partial(logistic_loss, features, 2.0 * data.target - 1.0),
        x0=weights,
        m=1,
        description="logistic regression: weights -> mean loss over 569 patients",
        source="scikit-learn, breast cancer",
    )


def network_loss(images, labels, parameters):
    """Return the cross-entropy of a tanh network with one hidden layer."""
    inputs = images.shape[1]
    ends = np.cumsum([inputs * HIDDEN, HIDDEN, HIDDEN * CLASSES])
    first, first_bias, second, second_bias = np.split(parameters, ends)
    hidden = np.tanh(images @ first.reshape(inputs, HIDDEN) + first_bias)
    scores = hidden @ second.reshape(HIDDEN, CLASSES) + second_bias
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(log_total - scores[np.arange(labels.size), labels])


def build_network(seed):
    """Return a 64-8-10 network on the first 200 handwritten digits."""
    data = load("digits")
    images, labels = data.data[:IMAGES] / 16.0, data.target[:IMAGES]
    inputs = images.shape[1]
    size = inputs * HIDDEN + HIDDEN + HIDDEN * CLASSES + CLASSES
    return Case(
        name="network",
        f=partial(network_loss, images, labels),
        x0=0.1 * np.random.default_rng(seed).standard_normal(size),
        m=1,
        description=f"{inputs}-{HIDDEN}-{CLASSES} network: parameters -> loss over {IMAGES} digits",
        source="scikit-learn, handwritten digits",
    )
