"""How reductions are differentiated: what makes one number of many, or one of each column or row, and softmaxes.

Where several entries are the largest, `max` has a kink; by convention they share the slope equally, as they do in
PyTorch's `amax` and in autograd.
"""

from __future__ import annotations

from fractions import Fraction

from engine.calculus import algebra
from engine.calculus.jacobians import Diagonal, DiagonalMinusRankOne, Jacobian, compose
from engine.calculus.site import Site
from engine.formula.functions import softmax_axis
from engine.formula.syntax import Binary, Call, Name, Node, Number


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
    scale = Diagonal(site.y, Binary("/", algebra.ONE, Number(float(_count(site)))), site.algebra)
    return compose(scale, sum_(site))


def var(site: Site) -> Jacobian:
    """2 (x − mean(x)) / n: the mean moves too, and Σ (x − mean(x)) = 0 makes that vanish."""
    return _weighted(site, algebra.scaled(Fraction(2, _count(site)), _deviation(site)))


def std(site: Site) -> Jacobian:
    """(x − mean(x)) / (n s), with the standard deviation s: the root of the variance."""
    slopes = Binary("/", _deviation(site), _kept(site, "std"))
    return _weighted(site, algebra.scaled(Fraction(1, _count(site)), slopes))


def logsumexp(site: Site) -> Jacobian:
    """The softmax: exp(x − log Σ exp(x))."""
    return _weighted(site, Call("exp", (Binary("-", site.named(site.operand), _kept(site, "logsumexp")),)))


def norm(site: Site) -> Jacobian:
    """∂‖x‖ = xᵀ/‖x‖ ∂x."""
    return _weighted(site, Binary("/", site.named(site.operand), site.named(site.node)))


def extreme(site: Site) -> Jacobian:
    """Of max and min: 1 where the extreme is and 0 elsewhere; where it is several times, that share of 1."""
    reached = Binary("==", site.named(site.operand), site.named(site.node))
    times = Call("sum", (reached,)) if site.axis is None else site.algebra.total(reached, site.axis)
    return _weighted(site, Binary("/", reached, times))


def _count(site: Site) -> int:
    """How many entries a reduction makes one of."""
    return site.x[0] * site.x[1] if site.axis is None else site.x[site.axis]


def _deviation(site: Site) -> Node:
    return Binary("-", site.named(site.operand), _kept(site, "mean"))


def _kept(site: Site, function: str) -> Node:
    """The function of the operand over the site's axis, as a matrix that is stretched beside the operand."""
    axes = () if site.axis is None else (("axis", Number(float(site.axis))), ("keepdims", Name("True")))
    return site.named(Call(function, (site.operand,), axes))


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
        return site.zero()
    return DiagonalMinusRankOne(site.y, site.named(softmax), axis, site.algebra, is_log=is_log)
