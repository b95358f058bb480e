"""The feed's kinds of deal beside ours: by our own names, and by words that other sites use for the same."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from highstreet.market.catalog.domain.categories import CATEGORIES
from highstreet.market.catalog.domain.names import fold

SEPARATORS: Final = (" > ", " / ", ">", "|", ",")
"""What stands between the steps of a category's path, the clearest first."""

_WORDS: Final[Mapping[str, str]] = {
    "food-drink": "food, drink, dining, gastronomy, gourmet, comida, gastronomia, essen, trinken, gastronomie, "
    "グルメ, 飲食, 食事",
    "restaurants": "restaurant, dinner, lunch, sushi, steakhouse, bistro, cuisine, cena, almuerzo, レストラン, "
    "居酒屋, 和食, 中華",
    "cafes": "cafe, coffee, brunch, breakfast, tea, desayuno, fruhstuck, カフェ, 喫茶",
    "bars": "bar, pub, cocktail, lounge, copas, バー",
    "pizza": "pizzeria",
    "bakeries": "bakery, dessert, cupcake, ice cream, cake, panaderia, backerei, patisserie, スイーツ, ケーキ",
    "takeaway": "takeout, fast food, delivery, lieferservice, テイクアウト, 宅配",
    "groceries": "grocery, supermarket, market, supermercado, lebensmittel, 食品",
    "wine-beer": "wine, beer, brewery, winery, tasting, distillery, vino, cerveza, wein, bier, vin, ワイン",
    "beauty-spas": "beauty, spa, cosmetic, belleza, estetica, schonheit, kosmetik, beaute, ビューティー, 美容, "
    "ビューティ",
    "massage": "massages, masaje, massagen, マッサージ, リラクゼーション, エステ・マッサージ",
    "hair": "hair salon, salon, barber, haircut, hairstyling, hairdresser, peluqueria, friseur, coiffeur, "
    "coiffure, ヘアサロン, 美容室, ヘア",
    "nails": "nail, manicure, pedicure, nail salon, nagel, ongles, ネイル, ネイル・アイ",
    "facials": "facial, skin care, skincare, botox, microdermabrasion, gesicht, エステ, 美顔",
    "hair-removal": "waxing, laser hair removal, sugaring, depilacion, haarentfernung, epilation, 脱毛",
    "spas": "day spa, sauna, thermal bath, hammam, balneario, therme, wellness spa, 温泉, スパ, 日帰り温泉",
    "makeup-lashes": "makeup, make up, lashes, brows, eyelash, eyelashes, eyebrow, maquillaje, まつげ",
    "tanning": "tan, spray tan, solarium, tanning salon, bronceado",
    "health-fitness": "health, fitness, salud, gesundheit, sante, deporte, 健康, 医療, 健康・医療, フィットネス",
    "gyms": "gym, fitness studio, crossfit, gimnasio, fitnessstudio, ジム",
    "yoga-pilates": "yoga, pilates, barre, ヨガ",
    "martial-arts": "boxing, kickboxing, karate, martial art, boxeo",
    "personal-training": "personal trainer, trainer, boot camp, bootcamp",
    "dental": "dentist, teeth whitening, teeth, dental, dentista, zahnarzt, zahn, 歯科, ホワイトニング",
    "eye-care": "eye exam, optometrist, glasses, vision, optical, lasik, optica, optiker, optique",
    "chiropractic": "chiropractor, physiotherapy, physical therapy, fisioterapia, 整体, 整骨",
    "wellness": "acupuncture, natural medicine, nutrition, weight loss, detox, bienestar, 鍼灸",
    "things-to-do": "leisure, activity, activities, fun, entertainment, ocio, actividades, freizeit, loisirs, "
    "レジャー, 体験, 遊び",
    "attractions": "attraction, sightseeing, zoo, aquarium, amusement park, theme park, parque, 観光, 遊園地",
    "museums": "museum, museen, gallery, exhibition, museo, galerie, musee, 美術館, 博物館",
    "tours": "tour, cruise, boat, sailing, bus tour, crucero, ausflug, excursion, ツアー, クルーズ",
    "outdoor": "outdoors, adventure, hiking, climbing, zipline, paintball, aventura, abenteuer, アウトドア",
    "kids": "children, family, families, kid, ninos, infantil, kinder, enfants, 子供, キッズ",
    "bowling-games": "bowling, arcade, escape game, escape games, escape room, laser tag, game, ボウリング, ゲーム",
    "golf": "mini golf, driving range, ゴルフ",
    "water-sports": "kayak, kayaking, surf, surfing, diving, paddle, snorkel, rafting, buceo, tauchen, "
    "マリンスポーツ, ダイビング",
    "flying-driving": "skydiving, flight, helicopter, racing, go kart, karting, hot air balloon, ballon",
    "nightlife": "night life, club, nightclub, vida nocturna, ナイトライフ",
    "tickets-events": "ticket, event, entradas, espectaculo, eventos, veranstaltungen, billets, チケット, イベント",
    "concerts": "concert, live music, concierto, konzert, コンサート, ライブ",
    "theatre": "theater, theatre, play, musical, ballet, teatro, 演劇, 舞台",
    "comedy": "stand up, comedy club, komodie, お笑い",
    "sports-events": "sporting event, game ticket, match, スポーツ観戦",
    "cinema": "movie, movies, film, cine, kino, 映画",
    "festivals": "festival, fair, expo, feria, messe, 祭り",
    "classes": "class, course, lesson, lessons, workshop, learning, education, curso, clase, kurs, kurse, cours, "
    "formation, レッスン, 教室, スクール, 講座",
    "cooking-classes": "cooking class, cooking, cocina, kochkurs, cuisine cours, 料理教室",
    "dance-classes": "dance class, dance lesson, dance, baile, tanz, danse, ダンス",
    "art-classes": "art, craft, painting, pottery, manualidades, basteln, 陶芸",
    "music-classes": "music lesson, guitar, piano, musica, musik, 音楽",
    "languages": "language, language course, idiomas, sprachkurs, langues, 英会話, 語学",
    "photography": "photo shoot, photographer, portrait, foto, fotografie, photographie, 写真",
    "driving-lessons": "driving lesson, driving school, autoescuela, fahrschule, auto ecole, 教習所",
    "professional-courses": "online course, professional, training, computer, business, weiterbildung, 資格",
    "getaways": "getaway, travel, vacation, trip, trips, weekend, escapada, viaje, viajes, reise, reisen, voyage, "
    "sejour, 旅行",
    "hotels": "hotel, lodging, accommodation, hoteles, unterkunft, hebergement, ホテル, 旅館, ホテル・旅館, 宿泊, "
    "ビジネスホテル",
    "bed-breakfast": "bed and breakfast, inn, guesthouse, pension, hostal, ペンション, 民宿, 貸別荘",
    "resorts": "resort, all inclusive, リゾート",
    "cabins-camping": "cabin, camping, campground, glamping, cabana, キャンプ, コテージ",
    "day-trips": "day trip, excursion de un dia, tagesausflug, 日帰り",
    "home-auto": "home, auto, automotive, car, home services, services, hogar, coche, haus, maison, "
    "auto services, 暮らし",
    "cleaning": "house cleaning, carpet cleaning, maid, limpieza, reinigung, menage, クリーニング, ハウスクリーニング",
    "repairs": "repair, handyman, electrician, plumbing, reparacion, reparatur, 修理",
    "garden": "lawn, landscaping, gardening, tree, jardin, garten",
    "heating-cooling": "hvac, heating, air conditioning, heizung, climatizacion",
    "moving-storage": "moving, storage, mudanza, umzug, demenagement, 引越し",
    "oil-change": "auto repair, auto maintenance, tire, brake, oil, aceite, olwechsel, reifen, vidange, "
    "auto repair & maintenance",
    "car-wash": "car wash, detailing, autowasche, lavado, lavage",
    "pets": "pet, dog, grooming, mascota, haustier, hund, animaux, ペット",
    "shopping": "shop, retail, goods, product, products, tienda, productos, einkaufen, boutique, 通販, ショッピング",
    "fashion": "clothing, clothes, apparel, shoes, ropa, moda, mode, kleidung, vetements, ファッション",
    "jewellery": "jewelry, watch, watches, joya, schmuck, bijoux, アクセサリー",
    "home-garden-goods": "furniture, home decor, kitchen, muebles, mobel, meubles, 家具, インテリア",
    "electronics": "electronic, computers, phone, electronica, elektronik, electronique, 家電",
    "flowers-gifts": "flower, gift, gift card, florist, regalo, flores, blumen, geschenk, fleurs, cadeau, ギフト, "
    "ギフトカード, 花",
    "books-hobbies": "book, hobby, toy, toys, libro, juguete, bucher, spielzeug, livres, 本, 趣味",
    "sporting-goods": "sports equipment, bicycle, bike, fahrrad, velo, スポーツ用品",
    "photo-printing": "printing, photo book, canvas, print, impresion, druck, 印刷, フォト",
}
"""Further words for a kind, singular as a rule. Whoever has a better one adds it here."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One text of the feed and our category for it; None where nothing fits."""

    stated: str
    slug: str | None
    rows: int
    sure: bool


def propose(stated: Mapping[str, int], separator: str | None) -> list[Proposal]:
    """A category of ours for each text and how many rows have it, the most frequent first."""
    found: list[Proposal] = []
    for text, rows in sorted(stated.items(), key=lambda item: (-item[1], item[0])):
        slug, sure = nearest_category(split(text, separator))
        found.append(Proposal(stated=text, slug=slug, rows=rows, sure=sure))
    return found


def split(text: str, separator: str | None) -> list[str]:
    """The steps of a path, the most general first."""
    if separator is None:
        return [text]
    return [step.strip() for step in text.split(separator.strip() or separator) if step.strip()]


def separator_of(texts: Iterable[str]) -> str | None:
    """What separates the steps of paths, if most of the texts are paths that begin alike; None for plain names."""
    known = [text for text in texts if text.strip()]
    for separator in SEPARATORS:
        paths = [split(text, separator) for text in known if separator in text]
        if len(paths) >= max(2, 0.6 * len(known)) and len({path[0] for path in paths}) <= max(1, 0.4 * len(paths)):
            return separator
    return None


@lru_cache(maxsize=8192)
def _of_text(text: str) -> tuple[str | None, bool]:
    folded = fold(text)
    if folded in _EXACT:
        return _EXACT[folded], True
    for part in [part for sign in ("・", "&", "/", ",", " and ", " y ", " und ", " et ") for part in text.split(sign)]:
        singular = _singular(fold(part))
        if part != text and singular in _EXACT:
            return _EXACT[singular], False
    words = [_singular(word) for word in folded.split()]
    for size in (3, 2, 1):
        for start in range(len(words) - size, -1, -1):
            slug = _EXACT.get(" ".join(words[start : start + size]))
            if slug is not None:
                return slug, False
    return next(((slug, False) for word, slug in _WIDE if word in folded), (None, False))


def nearest_category(path: Sequence[str]) -> tuple[str | None, bool]:
    """Ours for a path: that of its most special step that is known, and whether that is a name rather than a word.

    The first step that is a name of ours fixes the branch: `Health & Fitness > Fitness Classes` is no class.
    """
    known = [(slug, sure) for step in path for slug, sure in [_of_text(step)] if slug is not None]
    branch = next((_branch(slug) for slug, sure in known if sure), None)
    for slug, sure in reversed(known):
        if branch is None or _branch(slug) == branch:
            return slug, sure
    return None, False


def _branch(slug: str) -> str:
    """The category at the top above one."""
    return _PARENTS.get(slug) or slug


_PARENTS: Final = {category.slug: category.parent for category in CATEGORIES}


def known_share(texts: Mapping[str, int]) -> float:
    """How many of the texts, by their rows, name a kind of ours."""
    total = sum(texts.values())
    separator = separator_of(texts)
    known = sum(rows for text, rows in texts.items() if nearest_category(split(text, separator))[0] is not None)
    return known / total if total else 0.0


def _singular(word: str) -> str:
    if word.isascii() and len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word


def _exact() -> dict[str, str]:
    found: dict[str, str] = {}
    for category in CATEGORIES:
        for name in (category.slug, *category.names.values()):
            found.setdefault(fold(name), category.slug)
            found.setdefault(_singular(fold(name)), category.slug)
    for slug, words in _WORDS.items():
        for word in words.split(","):
            found.setdefault(fold(word), slug)
            found.setdefault(_singular(fold(word)), slug)
    return found


_EXACT: Final = _exact()
_WIDE: Final = sorted(
    ((word, slug) for word, slug in _EXACT.items() if not word.isascii() and len(word) >= 2),
    key=lambda pair: -len(pair[0]),
)
