"""How reductions are differentiated: what makes one number of many, or one of each column or row, and softmaxes.

Where several entries are the largest, `max` has a kink; by convention they share the slope equally, as they do in
PyTorch's `amax` and in autograd.
"""

from __future__ import annotations

from engine.calculus import algebra
from engine.calculus.jacobians import Diagonal, DiagonalMinusRankOne, Jacobian, Zero, compose
from engine.calculus.site import Site
from engine.formula.functions import softmax_axis
from engine.formula.syntax import Binary, Call, Node, Number


def sum_(site: Site) -> Jacobian:
    """1ᵀ X down the rows, X 1 along the columns; of everything, ones."""
    rows, columns = site.x
    match site.axis:
        case 0:
            return site.linear(algebra.ones((1, rows)), None)
        case 1:
            return site.linear(None, algebra.ones((columns, 1)))
    return site.gradient(algebra.ONE)


def mean(site: Site) -> Jacobian:
    count = site.x[0] * site.x[1] if site.axis is None else site.x[site.axis]
    scale = Diagonal(site.y, Binary("/", algebra.ONE, Number(float(count))), site.algebra)
    return compose(scale, sum_(site))


def norm(site: Site) -> Jacobian:
    """∂‖x‖ = xᵀ/‖x‖ ∂x."""
    return _weighted(site, Binary("/", site.named(site.operand), site.named(site.node)))


def extreme(site: Site) -> Jacobian:
    """Of max and min: 1 where the extreme is and 0 elsewhere; where it is several times, that share of 1."""
    reached = Binary("==", site.named(site.operand), site.named(site.node))
    times = Call("sum", (reached,)) if site.axis is None else algebra.Algebra.total(reached, site.axis)
    return _weighted(site, Binary("/", reached, times))


def _weighted(site: Site, slopes: Node) -> Jacobian:
    """A reduction whose derivative by each entry is in `slopes`: their products with ∂x, summed up."""
    if site.axis is None:
        return site.gradient(slopes)
    return compose(sum_(site), Diagonal(site.x, slopes, site.algebra))


def softmax(site: Site) -> Jacobian:
    """Of a softmax along an axis, or of its logarithm."""
    node = site.node
    assert isinstance(node, Call)
    is_log = node.function.startswith("log_")
    softmax = Call(node.function.removeprefix("log_"), node.arguments, node.keywords)
    said = {"softmax_cols": 0, "softmax_rows": 1}.get(softmax.function, site.axis)
    axis = softmax_axis(site.algebra.shapes.of(site.operand), said)
    if site.x[axis] == 1:  # of single numbers: 1 whatever they are, and its logarithm 0
        return Zero(site.y, site.x, site.algebra)
    return DiagonalMinusRankOne(site.y, site.named(softmax), axis, site.algebra, is_log=is_log)
