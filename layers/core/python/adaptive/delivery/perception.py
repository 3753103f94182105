"""How alike two pictures look: SSIMULACRA2 (100 the same, 80 very good, 50 medium, 30 poor).

The measure is Cloudinary's (https://github.com/cloudinary/ssimulacra2), built of libvips operations
and less the terms that weigh next to nothing. On whole pictures it is within a point of the
reference; on a mosaic of tiles, a tenth of the work, within 1.5 points (standard deviation).
`bench.images` measures both.
"""

import math
from functools import cache
from typing import NamedTuple

import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

_TILE = 128
_TILES_ACROSS = 4
WHOLE_PX = 720_000
"""A larger picture is judged by a sample while a visitor waits."""

_SMALLEST = 8

_BIAS = 0.0037930732552754493
_ROOT = math.cbrt(_BIAS)
_OPSIN = (
    (0.30, 0.622, 0.078),
    (0.23, 0.692, 0.078),
    (0.24342268924547819, 0.20476744424496821, 0.5518098665095536),
)
_XYB = {  # channel: the mix of the three cube roots, and what to add to it
    "X": ((7.0, -7.0, 0.0), 0.42),
    "Y": ((0.5, 0.5, 0.0), 0.01 - _ROOT),
    "B": ((-0.5, -0.5, 1.0), 0.55),
}
_WEIGHTS: tuple[dict[str, tuple[float, ...]], ...] = (
    # scale by scale, each half as wide; by channel: means, then 4-norms, of structure lost,
    # artefacts added, detail lost
    {"Y": (0, 0, 0, 7.466890328078848, 0, 17.445833984131262)},
    {"Y": (0, 0, 0, 6.683678146179332, 0, 1.027889937768264)},
    {
        "X": (0, 0, 0, 1.8422455520539298, 11.441172603757666, 0),
        "Y": (225.20515300849274, 0, 0, 19.213238186143016, 0, 0),
    },
    {
        "X": (0, 0, 0, 1.8787594979546387, 10.94906990605142, 0),
        "Y": (176.39317598450694, 0, 0, 24.43300999870476, 0.28520802612117757, 0),
        "B": (0, 0, 0, 8.826982764996862, 23.19243343998926, 0),
    },
    {
        "Y": (0, 0, 0, 34.77906344483772, 44.835625328877896, 0),
        "B": (
            *(95.1080498811086, 0.9863978034400682, 0.9834382792465353),
            *(0, 171.2667255897307, 0.9807858872435379),
        ),
    },
)
_STEADY = 0.0009  # SSIM's C2


class _Scale(NamedTuple):
    """What is known of the reference at one scale: pixels, means, variances, edges."""

    pixels: pyvips.Image
    mean: pyvips.Image
    variance: pyvips.Image
    edge: pyvips.Image


def sample(image: pyvips.Image) -> pyvips.Image:
    """Tiles from all over a picture, side by side; a picture that is no work stays whole.

    Tiles are as large as AV1's largest blocks, so that an encoder never codes across a seam.
    """
    across = min(_TILES_ACROSS, image.width // _TILE)
    down = min(_TILES_ACROSS, image.height // _TILE)
    if not across * down or image.width * image.height <= WHOLE_PX:
        return image
    tiles = [
        image.crop(left, top, _TILE, _TILE)
        for top in _spread(image.height, down)
        for left in _spread(image.width, across)
    ]
    return pyvips.Image.arrayjoin(tiles, across=across).copy_memory()


class Judge:
    """Scores pictures against one reference of the same size."""

    def __init__(self, reference: pyvips.Image) -> None:
        self._scales: list[_Scale] = []
        linear = _linear(reference)
        for weights in _WEIGHTS:
            if min(linear.width, linear.height) < _SMALLEST:
                break
            pixels = _xyb(linear, weights)
            blurred = _blur(pixels.bandjoin(pixels * pixels)).copy_memory()
            mean, square = _split(blurred, pixels.bands)
            variance = (square - mean * mean).linear(1, _STEADY).copy_memory()
            edge = (pixels - mean).abs().linear(1, 1).copy_memory()
            self._scales.append(_Scale(pixels, mean, variance, edge))
            linear = linear.shrink(2, 2).copy_memory()

    def score(self, shown: pyvips.Image) -> float:
        """At most 100; below zero for what can hardly be recognised."""
        linear = _linear(shown)
        loss = 0.0
        for weights, scale in zip(_WEIGHTS, self._scales, strict=False):
            loss += _loss(scale, _xyb(linear, weights), weights)
            linear = linear.shrink(2, 2).copy_memory()
        loss *= 0.9562382616834844
        bent = 2.326765642916932 * loss - 0.020884521182843837 * loss**2
        bent += 6.248496625763138e-05 * loss**3
        return 100 - 10 * float(max(bent, 0) ** 0.6276336467831387)


class AsDrawn(Judge):
    """Scores pictures as a browser draws them `width` device pixels wide, whatever their own width.

    The reference, as wide as that or as its original, is drawn, too: most boxes end within a pixel
    (412 CSS pixels at 2.625 are 1081.5), and no picture is sharp in those. Browsers enlarge
    bilinearly; what Chromium draws without a GPU scores up to 4 points more, at an eighth wider.
    """

    def __init__(self, reference: pyvips.Image, width: int) -> None:
        exact = width - 0.5
        self._size = exact, exact * reference.height / reference.width
        super().__init__(self._drawn(reference))

    def score(self, shown: pyvips.Image) -> float:
        """At most 100, as every Judge's."""
        return super().score(self._drawn(shown))

    def _drawn(self, image: pyvips.Image) -> pyvips.Image:
        width, height = self._size
        across, down = width / image.width, height / image.height
        return _opaque(image).affine(
            [across, 0, 0, down],
            interpolate=pyvips.Interpolate.new("bilinear"),
            oarea=[0, 0, max(int(width), 1), max(int(height), 1)],
            odx=(across - 1) / 2,
            ody=(down - 1) / 2,
            extend="copy",
        )


def _loss(scale: _Scale, shown: pyvips.Image, weights: dict[str, tuple[float, ...]]) -> float:
    blurred = _blur(shown.bandjoin([shown * shown, scale.pixels * shown]))
    mean, square, product = _split(blurred, shown.bands)
    between = scale.mean - mean
    likeness = (between * between).linear(-1, 1) * (product - scale.mean * mean).linear(2, _STEADY)
    structure = (likeness / (scale.variance + square - mean * mean)).linear(-1, 1)
    edges = ((shown - mean).abs().linear(1, 1) / scale.edge).linear(1, -1)
    maps = structure.bandjoin([edges, edges.linear(-1, 0)])
    maps = (maps + maps.abs()).linear(0.5, 0)
    squares = maps * maps
    figures = maps.bandjoin(squares * squares).stats()
    loss = 0.0
    for channel, row in enumerate(weights.values()):
        for term, weight in enumerate(row):
            average = figures(4, 1 + term * shown.bands + channel)[0]
            loss += weight * (average if term < len(row) // 2 else max(average, 0) ** 0.25)
    return loss


def _linear(image: pyvips.Image) -> pyvips.Image:
    """Opaque RGB in linear light."""
    return _opaque(image).maplut(_linear_light()).copy_memory()


def _opaque(image: pyvips.Image) -> pyvips.Image:
    """RGB; what is transparent is judged on grey."""
    opaque = image.flatten(background=[128]) if image.hasalpha() else image
    return opaque.colourspace("srgb")


@cache
def _linear_light() -> pyvips.Image:
    encoded = pyvips.Image.identity() / 255
    curve = ((encoded + 0.055) / 1.055) ** 2.4
    return (encoded <= 0.04045).ifthenelse(encoded / 12.92, curve).cast("float").copy_memory()  # noqa: PLR2004 - sRGB's own


def _xyb(linear: pyvips.Image, channels: dict[str, tuple[float, ...]]) -> pyvips.Image:
    needed = 3 if "B" in channels else 2
    opsin = pyvips.Image.new_from_array([list(row) for row in _OPSIN[:needed]])
    roots = linear.recomb(opsin).linear(1, _BIAS).math2_const("pow", [1 / 3])
    mixes = [list(_XYB[channel][0][:needed]) for channel in channels]
    mixed = roots.recomb(pyvips.Image.new_from_array(mixes))
    return mixed.linear(1, [_XYB[channel][1] for channel in channels]).copy_memory()


@cache
def _gaussian() -> pyvips.Image:
    """Sigma 1.5."""
    taps = [math.exp(-0.5 * (at / 1.5) ** 2) for at in range(-5, 6)]
    return pyvips.Image.new_from_array([[tap / sum(taps) for tap in taps]])


def _blur(image: pyvips.Image) -> pyvips.Image:
    return image.convsep(_gaussian(), precision="float")


def _split(image: pyvips.Image, bands: int) -> list[pyvips.Image]:
    return [image.extract_band(first, n=bands) for first in range(0, image.bands, bands)]


def _spread(length: int, count: int) -> list[int]:
    """Where `count` tiles begin along `length` pixels, from edge to edge."""
    return [round(at * (length - _TILE) / max(count - 1, 1)) for at in range(count)]
