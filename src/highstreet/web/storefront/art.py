"""Pictures for deals that bring none: drawn from a deal's category and a seed, always the same for the same two.

A drawing is an SVG of 400 by 300 without text, styles, scripts or references outside itself, at most MAX_BYTES long.
"""

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from highstreet.market.catalog.domain.categories import CATEGORIES
from highstreet.web.storefront.art_motifs import CARE, FOOD
from highstreet.web.storefront.art_places import MADE, OUT

MAX_BYTES = 4096
WIDTH, HEIGHT = 400, 300

Palette = Mapping[str, str]
_Scene = Callable[[tuple[str, ...], Palette, Random], str]

_MOTIFS = {**FOOD, **CARE, **OUT, **MADE}
_FLAT = frozenset(
    {
        *("plate", "pizza", "latte", "vinyl", "key", "snow", "spectacles", "bubbles", "leaf"),
        *("hammer", "wrench", "racket", "fish", "bunting", "ball", "waves", "guitar", "ring"),
    }
)
"""Motifs seen from above or in no place at all: they do not stand on a ground."""
_HIGH = frozenset({"sun", "moon", "aloft", "kite", "balloons"})
"""Motifs that hang in the air above a ground."""

_SHADE = "#0b1416"


def _palettes(*rows: str) -> tuple[Palette, ...]:
    return tuple(dict(zip("btmdal", (f"#{colour}" for colour in row.split()), strict=True)) for row in rows)


_PALETTES: dict[str | None, tuple[Palette, ...]] = {
    "food-drink": _palettes(
        "f6e3c8 eecfa5 c8553d 5b2a27 e9a23b fff6e6",
        "dfe6d0 c8d5b3 5f7f4b 2f4434 d9803f fbf6e4",
        "f3d4c4 e8b8a2 a63f3f 4a1f2e e8a33d fff3e8",
        "24434a 2f565d d9753f 8fb3a6 f0b64f f8ead2",
        "f2dfb0 e8cd8b 3e7a78 24494c d2563f fff8e1",
    ),
    "beauty-spas": _palettes(
        "f3dcd8 e9c6c1 a8607a 5a2f48 d99a6c fdf3ef",
        "dde5dc c6d4c8 6d8f82 344f4a d98f86 f8f6ee",
        "e6dcea d3c4dc 7e649c 3e3159 e0a08e faf5fb",
        "3d3350 4c4163 c78299 b7a6c9 e7b98a f6e9e4",
    ),
    "health-fitness": _palettes(
        "d3e8e4 b5d8d3 2f7f86 17454f ef7f5f f6fbf7",
        "e2ecd0 cbddad 5f8f3f 2d4a2a f0a13c fbfbec",
        "dbe3f1 bfcde6 4864a6 232f5c f28a62 f7f9fd",
        "1f3b46 2a4c58 4fa89b a4c9c2 f2a65a eaf4ee",
    ),
    "things-to-do": _palettes(
        "cfe5ef aed2e3 2f6f9a 173a56 f2a33a f9f8ee",
        "fbe2b8 f6cf8c d8603c 51303c 3f8f94 fff7e6",
        "d9e4d4 bdd1b7 4a7f63 23423b e9a13b f8f7ea",
        "22335a 2e4270 5f86c4 aebfe2 f3b04c f2ecdf",
        "f4d6cb ecb9a8 b9503f 432a45 f0ae4e fff4ec",
    ),
    "tickets-events": _palettes(
        "3a2340 4b3052 c0496b c9a0b8 f0b24f f7e7dc",
        "e9d9ec d8bfde 8a4f98 40244c f09a4a fcf5fb",
        "f7ddcb efc2a4 b8453e 43203a e8a93c fff5ea",
        "1f3350 2a4366 c2574f 9fb2cc f2bc5a eef0ea",
    ),
    "classes": _palettes(
        "ece2d0 dccdb1 37607f 1f3449 c9623f fbf6ea",
        "f3dfc3 e8c99f b35a3c 4f2c2c 4f8a83 fff6e8",
        "dce3df c2cfca 4f7a7a 263f45 e0913f f7f6ee",
        "33415c 41516f d58a5c a8b6cf e9c46a f3ede0",
    ),
    "getaways": _palettes(
        "fad9c1 f4bfa0 c2604f 4b2f52 f0a43f fff3e4",
        "cfdfe8 b0cad9 3f6c8f 1f3750 eea04f f8f6ee",
        "2b2f58 393f70 6f78b8 b4b9e2 f4b860 f1e9e4",
        "dce7d3 c1d4b4 4f7d55 24402f e2954a f9f8ea",
    ),
    "home-auto": _palettes(
        "d6e4ee b9d0e0 3f7099 1f3a55 f0b23f f7fafb",
        "e8e5d8 d5d0bd 56748a 2b3c4c df7c45 fbfaf2",
        "d8ead9 b9d8bd 3f8663 1f4738 f0a84a f7fbf3",
        "263c4e 334d62 5a9bb5 a9c4d4 f2b950 edf2f0",
    ),
    "shopping": _palettes(
        "e7def0 d3c3e3 6f58a0 362b58 f08f5a fbf7fd",
        "f6dfd3 edc5b1 c05f4a 56293a 3f8a7d fff6ef",
        "d9e6dc bcd3c3 3f7d65 1f4238 ee9a4d f8f8ef",
        "33304f 423f64 8f7fc9 bcb2e0 f2b45c f2ecf0",
    ),
    None: _palettes(
        "e7e3da d6d0c2 6c7a80 384449 c98a5a faf8f2",
        "dfe3e6 cad1d6 667c8d 35434f cf9663 f8f9f9",
        "e4e4d8 d0d2c0 72806a 3c4739 c8905c f9f9f2",
    ),
}
"""Colours for each category at the top, and for deals without one; the letters are explained in `art_motifs`."""

_SUBJECTS: dict[str | None, str] = {
    None: "tag awning bag skyline leaf",
    "food-drink": "bowl cloche plate glass", "restaurants": "bowl plate cloche pot glass teapot fish",
    "cafes": "cup latte croissant",
    "bars": "cocktail glass beer", "pizza": "pizza plate bottle", "bakeries": "croissant loaf cake",
    "takeaway": "burger taco basket", "groceries": "basket loaf bottle", "wine-beer": "glass bottle beer",
    "beauty-spas": "stones lotus jar", "massage": "stones lotus candle", "hair": "scissors comb serum",
    "nails": "polish lotus polish", "facials": "jar serum leaf", "hair-removal": "serum leaf jar",
    "spas": "candle stones lotus", "makeup-lashes": "lipstick jar polish", "tanning": "sun palm jar",
    "health-fitness": "dumbbell leaf sitting", "gyms": "dumbbell kettlebell mat", "yoga-pilates": "sitting mat lotus",
    "martial-arts": "glove kettlebell glove", "personal-training": "kettlebell dumbbell mat",
    "dental": "tooth leaf tooth",
    "eye-care": "spectacles leaf spectacles", "chiropractic": "stones sitting leaf", "wellness": "mortar leaf jar",
    "things-to-do": "balloons pin boat", "attractions": "skyline pin aloft", "museums": "temple frames vase",
    "tours": "skyline pin boat", "outdoor": "bike mountain tree", "kids": "balloons blocks kite",
    "bowling-games": "pins dice key", "golf": "flag tree flag", "water-sports": "boat waves sun",
    "flying-driving": "aloft car mountain", "nightlife": "moon vinyl cocktail",
    "tickets-events": "bunting curtain ball", "concerts": "guitar vinyl microphone", "theatre": "curtain bunting lamp",
    "comedy": "microphone curtain talk", "sports-events": "ball racket flag", "cinema": "reel curtain moon",
    "festivals": "bunting balloons guitar",
    "classes": "books brushes lamp", "cooking-classes": "pot loaf basket", "dance-classes": "fan shoe vinyl",
    "art-classes": "vase brushes frames", "music-classes": "guitar vinyl microphone", "languages": "talk books talk",
    "photography": "camera frames leaf", "driving-lessons": "car pin car", "professional-courses": "screen lamp books",
    "getaways": "mountain palm house", "hotels": "bed moon lamp", "bed-breakfast": "house cup tree",
    "resorts": "palm sun waves", "cabins-camping": "tent tree mountain", "day-trips": "palm car pin",
    "home-auto": "house car wrench", "cleaning": "spray bubbles house", "repairs": "hammer wrench house",
    "garden": "plant tree leaf", "heating-cooling": "flame snow house", "moving-storage": "box house box",
    "oil-change": "car wrench car", "car-wash": "car bubbles spray", "pets": "dog cat plant",
    "shopping": "bag tag awning", "fashion": "shirt bag tag", "jewellery": "ring box ring",
    "home-garden-goods": "plant lamp vase", "electronics": "headphones screen camera",
    "flowers-gifts": "bouquet box plant",
    "books-hobbies": "books vinyl lamp", "sporting-goods": "racket ball bike", "photo-printing": "frames camera leaf",
}  # fmt: skip
"""What is drawn for each category: the first most often. A category without its own is drawn as the one above it."""


_HINTS = {
    "taco": "taco", "tacos": "taco", "burger": "burger", "burgers": "burger", "sushi": "sushi", "omakase": "sushi",
    "maki": "sushi", "ramen": "bowl", "thali": "bowl", "curry": "bowl", "pho": "bowl", "oyster": "fish",
    "oysters": "fish", "seafood": "fish", "fish": "fish", "pizza": "pizza", "pizzas": "pizza", "brunch": "cup",
    "coffee": "cup", "tea": "teapot", "wine": "glass", "vinos": "glass", "beer": "beer", "brewery": "beer",
    "cocktail": "cocktail", "cake": "cake", "bread": "loaf", "sourdough": "loaf", "croissants": "croissant",
    "bowling": "pins", "escape": "key", "pottery": "vase", "cerámica": "vase", "kayak": "boat", "bike": "bike",
    "e-bike": "bike", "cat": "cat", "dog": "dog", "tennis": "racket", "mezcal": "cocktail", "bouquet": "bouquet",
}  # fmt: skip
"""Words of a title that say what to draw, where the category is known to be about more than one thing."""


def draw(category_slug: str | None, seed: int, title: str = "") -> str:
    """The picture for a deal of a category; None, and a category that is not known, gets a neutral one.

    A word of the title may say which of the things that the category is about is drawn.
    """
    subject, root = _subject_of(category_slug)
    rng = Random(f"{subject} {seed}")
    palette = rng.choice(_PALETTES[root])
    motifs = tuple(_SUBJECTS[subject].split())
    hero = rng.choices(motifs, [5, 3, *[2] * (len(motifs) - 2)])[0]
    hinted = next((_HINTS[word] for word in re.findall(r"[\w-]+", title.lower()) if word in _HINTS), None)
    if hinted is not None and root is not None:
        hero = hinted
    others = [motif for motif in dict.fromkeys(motifs) if motif != hero]
    rng.shuffle(others)
    body = _scene_for(hero, rng)((hero, *others), palette, rng)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette["b"]}"/>{body}</svg>'
    )
    assert len(svg) <= MAX_BYTES, f"{category_slug} {seed}: {len(svg)} bytes"
    return svg


def etag(svg: str) -> str:
    """A strong entity tag: the drawing's own digest."""
    return f'"{hashlib.sha256(svg.encode()).hexdigest()[:20]}"'


@cache
def _subject_of(slug: str | None) -> tuple[str | None, str | None]:
    """Whose motifs and whose palette a category has."""
    tree = {category.slug: category.parent for category in CATEGORIES}
    if slug is None or slug not in tree:
        return None, None
    root = tree[slug] or slug
    return (slug if slug in _SUBJECTS else root), root


def _scene_for(hero: str, rng: Random) -> _Scene:
    scenes: tuple[_Scene, ...] = (_stage, _still_life, _window, _pattern)
    weights = (0, 0, 60, 40) if hero in _FLAT else (40, 30, 20, 10)
    return rng.choices(scenes, weights)[0]


def _stage(motifs: tuple[str, ...], palette: Palette, rng: Random) -> str:
    """One thing, large, before a shape in the sky."""
    foot = rng.randint(226, 244)
    x = rng.choice((168, 200, 232))
    size = rng.uniform(1.75, 2.05)
    sky = _sky(palette, rng, x)
    return f"{sky}{_ground(rng, foot)}{_standing(motifs[0], palette, rng, x, foot, size)}{_specks(palette, rng)}"


def _still_life(motifs: tuple[str, ...], palette: Palette, rng: Random) -> str:
    """Two things side by side, one larger."""
    foot = rng.randint(226, 242)
    partners = [motif for motif in motifs[1:] if motif not in _FLAT | _HIGH]
    left = rng.random() < 0.5
    x, other = (150, 285) if left else (250, 115)
    drawn = _sky(palette, rng, x) + _ground(rng, foot)
    if partners:
        drawn += _standing(partners[0], palette, rng, other, foot, rng.uniform(0.95, 1.15))
    else:
        drawn += _standing(motifs[0], palette, rng, other, foot, rng.uniform(0.85, 1.0))
    return drawn + _standing(motifs[0], palette, rng, x, foot + 6, rng.uniform(1.55, 1.8))


def _window(motifs: tuple[str, ...], palette: Palette, rng: Random) -> str:
    """One thing in a round or arched field."""
    x = rng.choice((170, 200, 230))
    shapes = (
        f'<circle cx="{x}" cy="150" r="122" fill="{palette["t"]}"/>',
        f'<path fill="{palette["t"]}" d="M{x - 105} 280v-135a105 105 0 0 1 210 0v135z"/>',
        f'<circle cx="{x}" cy="150" r="122" fill="{palette["t"]}" stroke="{palette["l"]}" stroke-width="2"/>',
    )
    shape = rng.choice(shapes)
    turn = rng.choice((-12, -6, 0, 6, 12)) if motifs[0] in _FLAT else 0
    hero = _placed(motifs[0], palette, x, 152, rng.uniform(1.55, 1.8), turn=turn)
    return f"{shape}{_sprigs(palette, rng, x)}{hero}"


def _pattern(motifs: tuple[str, ...], palette: Palette, rng: Random) -> str:
    """Two things in turn, like a printed cloth."""
    pair = (*motifs, *motifs)[:2]
    defs = "".join(f'<g id="m{rank}">{_coloured(motif, palette)}</g>' for rank, motif in enumerate(pair))
    size = rng.choice((0.62, 0.7))
    lean = rng.choice((-14, -8, 8, 14))
    uses: list[str] = []
    for row in range(-1, 4):
        for column in range(-1, 4):
            x = 60 + column * 118 + (59 if row % 2 else 0)
            y = 40 + row * 92
            which = (row + column) % 2
            uses.append(
                f'<use href="#m{which}" transform="translate({x} {y})rotate({lean if which else -lean})scale({size})"/>'
            )
    return f"<defs>{defs}</defs>{''.join(uses)}"


def _sky(palette: Palette, rng: Random, x: int) -> str:
    tone, light = palette["t"], palette["l"]
    kind = rng.randrange(5)
    if kind == 0:
        aside, height, radius = rng.choice((-50, 0, 50)), rng.randint(110, 140), rng.randint(92, 112)
        return f'<circle cx="{x + aside}" cy="{height}" r="{radius}" fill="{tone}"/>'
    if kind == 1:
        return f'<path fill="{tone}" d="M{x - 100} 300v-150a100 100 0 0 1 200 0v150z"/>'
    if kind == 2:
        return (
            f'<path fill="{tone}" d="M0 190q60-70 130-40t120-30 150 20v160h-400z"/>'
            f'<circle cx="{70 if x > 200 else 332}" cy="62" r="24" fill="{light}" opacity=".9"/>'
        )
    if kind == 3:
        return f'<path fill="{tone}" d="M0 0h400v{rng.randint(90, 120)}q-100 50-200 20t-200 20z"/>'
    return (
        f'<g fill="none" stroke="{tone}" stroke-width="20"><circle cx="{x}" cy="235" r="112"/>'
        f'<circle cx="{x}" cy="235" r="152"/><circle cx="{x}" cy="235" r="192"/></g>'
    )


def _ground(rng: Random, foot: int) -> str:
    kind = rng.randrange(3)
    if kind == 0:
        return f'<path fill="{_SHADE}" opacity=".16" d="M0 {foot - 6}h400v100h-400z"/>'
    if kind == 1:
        return f'<path fill="{_SHADE}" opacity=".16" d="M0 {foot + 4}q110-26 200-14t200 0v110h-400z"/>'
    return (
        f'<path fill="{_SHADE}" opacity=".16" d="M0 {foot - 8}h400v100h-400z"/>'
        f'<path fill="{_SHADE}" opacity=".1" d="M0 {foot + 26}h400v80h-400z"/>'
    )


def _standing(motif: str, palette: Palette, rng: Random, x: int, foot: int, size: float) -> str:
    if motif in _HIGH:
        return _placed(motif, palette, x, 128, size * 0.95, mirrored=rng.random() < 0.4)
    shadow = f'<ellipse cx="{x}" cy="{foot}" rx="{56 * size:.0f}" ry="{6 * size:.0f}" fill="{_SHADE}" opacity=".22"/>'
    return shadow + _placed(motif, palette, x, foot - 50 * size, size, mirrored=rng.random() < 0.4)


def _specks(palette: Palette, rng: Random) -> str:
    """A few small round things in the air, so that a quiet picture is not an empty one."""
    spots = [(rng.randint(24, 376), rng.randint(20, 110), rng.choice((2, 3, 4))) for _ in range(rng.choice((0, 4, 7)))]
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="{r}"/>' for x, y, r in spots)
    return f'<g fill="{palette["l"]}" opacity=".8">{dots}</g>' if dots else ""


def _sprigs(palette: Palette, rng: Random, x: int) -> str:
    """A branch on either side of a window, or none."""
    if rng.random() < 0.35:
        return ""
    leaves = "".join(
        '<path d="M0 0q-4-18 12-28 8 18-12 28z" '
        f'transform="translate({math.sin(step / 2) * 9:.0f} {-step * 22})rotate({turn})"/>'
        for step, turn in ((1, -70), (2, 25), (3, -60), (4, 30), (5, -18))
    )
    return "".join(
        f'<g fill="{palette[colour]}" opacity=".8" transform="translate({x + side * 140} 282)scale({-side} 1)">'
        f'<path fill="none" stroke="{palette[colour]}" stroke-width="3" d="M0 0q14-50 5-110"/>{leaves}</g>'
        for side, colour in ((-1, "m"), (1, "a"))
    )


def _placed(
    motif: str, palette: Palette, x: float, y: float, size: float, *, turn: int = 0, mirrored: bool = False
) -> str:
    across = -size if mirrored else size
    rotation = f"rotate({turn})" if turn else ""
    transform = f"translate({x:.0f} {y:.0f}){rotation}scale({across:.2f} {size:.2f})"
    return f'<g transform="{transform}">{_coloured(motif, palette)}</g>'


def _coloured(motif: str, palette: Palette) -> str:
    return _MOTIFS[motif].format_map(palette)
