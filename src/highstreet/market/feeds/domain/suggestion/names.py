"""What a column's name says: its words, taken apart even where they are glued together, in several languages.

The linguistic half of schema matching, after Madhavan, Bernstein and Rahm, "Generic Schema Matching with Cupid"
(VLDB 2001): names are tokenised, expanded by a thesaurus and compared word by word.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from highstreet.market.catalog.domain.names import fold

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_PREFIX = re.compile(r"^(?:g|dc|media|ns\d*):")
_LATIN = re.compile(r"[a-z]+")
_SHORTEST_PIECE = 2
_LONGEST_NAME = 120

CONCEPTS: Final[Mapping[str, str]] = {
    "cost": "price prc prices cost costs amount amt fare precio precios importe preis betrag prix montant tarif "
    "tarifa prezzo preco prijs 価格 値段 料金 金額 プライス",
    "reduced": "sale sales discounted discount special deal offer our now current new final promo promotional "
    "reduced selling sell pay net after oferta descuento rebajado rebaja final actual promocion angebot angebots "
    "aktions sonder verkauf reduziert promotionnel solde remise reduit 割引 販売 特価 特別 セール 優待",
    "usual": "original orig reg list regular retail usual was msrp rrp uvp srp catalog catalogue old before full "
    "strike strikethrough normal worth value compare reference crossed face market base habitual normal anterior "
    "lista catalogo antes regular tachado valor statt listen ursprungs original alter vorher normal wert barre "
    "conseille initial avant valeur listino listado 定価 通常 標準 市価 元値 参考",
    "saved": "saving savings save saves saved ahorro ahorras ersparnis sparen economie economies rabatt "
    "rabattbetrag 節約 お得 割引額",
    "share": "percent percentage pct rate ratio off prozent porcentaje pourcentage quote prozentual 率 割引率 "
    "パーセント",
    "fee": "shipping delivery postage fee deposit handling tip commission envio gastos versand versandkosten "
    "livraison frais 送料 手数料",
    "tax": "tax taxes vat gst impuesto impuestos iva steuer mwst taxe taxes tva 税 消費税",
    "title": "title hdl nm headline name heading subject titulo nombre titel bezeichnung titre intitule nom "
    "titolo titulo 商品名 タイトル 名称 件名 クーポン名",
    "text": "description descr dsc desc details detail body summary about content text highlights features info "
    "information long descripcion detalles resumen beschreibung inhalt descriptif contenu descrizione descricao "
    "説明 詳細 内容 紹介",
    "promotion": "promotion product item offer deal coupon capsule campaign producto oferta produkt angebot "
    "produit offre キャッチ クーポン 商品",
    "merchant": "merchant mrch vndr business vendor seller shop store brand company partner provider supplier "
    "restaurant venue comercio negocio empresa tienda proveedor establecimiento handler haendler anbieter "
    "geschaft firma laden partner commercant marchand vendeur enseigne magasin etablissement boutique 店舗 店名 "
    "会社 事業者 加盟店 ショップ",
    "kind": "category cat categories genre type section topic tag tags group department vertical categoria "
    "categorias tipo seccion rubro kategorie kategorien rubrik sparte art categorie rubrique カテゴリ カテゴリー "
    "ジャンル 分類 種別 業種",
    "town": "city cty town location place area neighborhood neighbourhood district locality municipality suburb "
    "market ciudad localidad lugar poblacion municipio barrio zona ort stadt gemeinde stadtteil lieu ville "
    "localite quartier commune citta cidade 市 市区町村 エリア 地域 地区 場所 都市",
    "region": "region state province prefecture pref ken county large provincia estado comunidad bundesland land "
    "departement 都道府県 県 地方",
    "country": "country nation pais staat pays 国",
    "street": "address street addr direccion calle adresse strasse rue 住所 番地",
    "postal": "zip zipcode postcode postal plz cp 郵便 郵便番号",
    "latitude": "lat latitude latitud breitengrad 緯度",
    "longitude": "lng lon longitude longitud langengrad 経度",
    "begin": "start starts from begin begins beginning launch launched since published publish release released "
    "posted go live pub available desde inicio comienzo publicado ab von beginn start veroffentlicht debut depuis "
    "publie 開始 公開 掲載開始",
    "end": "end exp ends until till expires expiry expire expiration expired deadline to close closes stop "
    "through thru hasta fin caduca caducidad vence vencimiento bis ende ablauf endet fin jusqu expire echeance "
    "limite 終了 期限 締切 まで",
    "valid": "valid validity redeem redeemable redemption use usable used voucher canje canjear validez valido "
    "gultig gultigkeit einlosbar einlosen valable validite utilisation 有効 利用 使用",
    "day": "date dt day datetime time timestamp at on when fecha dia datum tag zeit uhrzeit heure jour 日 日時 日付 時",
    "shown": "disp display displayed show shown 表示",
    "span": "period days duration length window term validity_days dias duracion plazo tage dauer frist laufzeit "
    "jours duree 期間 日数",
    "bought": "sold sld quantity qty bought purchased purchases buyers orders sales vendidos vendido comprados "
    "ventas verkauft kaufer vendus achetes ventes 販売数 購入数 購入 枚数",
    "rated": "ratings reviews review rating votes opiniones resenas valoraciones bewertungen rezensionen avis "
    "notes レビュー 口コミ 評価",
    "number": "count number total num no numero anzahl nombre cantidad 数 件数",
    "score": "stars star score average avg estrellas puntuacion sterne note 点",
    "link": "url link href uri permalink web page website deeplink enlace vinculo pagina verweis lien リンク サイト",
    "picture": "image img picture photo thumbnail thumb foto imagen fotografia bild bilder photo vignette 画像 写真",
    "more": "additional extra second secondary other alt",
    "identity": "id key sku guid uuid code identifier ref reference hash number gtin mpn ean clave codigo "
    "referencia kennung nummer schlussel artikelnummer cle identifiant 番号 コード 識別",
    "left": "available remaining left stock inventory availability disponible restante verfugbar restbestand 在庫 "
    "残 残数",
    "record": "created updated modified scraped crawled fetched inserted imported last creado actualizado "
    "erstellt aktualisiert cree modifie 作成 更新",
    "person": "contact email phone tel telephone fax telefono correo telefon courriel 電話 メール",
    "money mark": "currency ccy curr moneda divisa wahrung devise monnaie 通貨",
    "tongue": "language lang locale idioma sprache langue 言語",
}
"""The thesaurus: a concept, and the words that stand for it in English, Spanish, German, French and Japanese."""

_WEEKDAYS: Final[Mapping[str, str]] = {
    "monday": "mon monday lun lunes mo montag lundi 月 月曜 月曜日",
    "tuesday": "tue tues tuesday mar martes di dienstag mardi 火 火曜 火曜日",
    "wednesday": "wed weds wednesday mie miercoles mi mittwoch mer mercredi 水 水曜 水曜日",
    "thursday": "thu thur thurs thursday jue jueves do donnerstag jeu jeudi 木 木曜 木曜日",
    "friday": "fri friday vie viernes fr freitag ven vendredi 金 金曜 金曜日",
    "saturday": "sat saturday sab sabado sa samstag sam samedi 土 土曜 土曜日",
    "sunday": "sun sunday dom domingo so sonntag dim dimanche 日 日曜 日曜日",
}
WEEKDAYS: Final = tuple(_WEEKDAYS)

_OF_DAY: Final = {word: day for day, words in _WEEKDAYS.items() for word in words.split()}


def _by_word() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for concept, words in CONCEPTS.items():
        for word in words.split():
            found.setdefault(fold(word), set()).add(concept)
    return {word: frozenset(concepts) for word, concepts in found.items()}


_CONCEPTS_OF: Final = _by_word()
_KNOWN: Final = frozenset(word for word in _CONCEPTS_OF if len(word) >= _SHORTEST_PIECE and word.isascii())
_WIDE: Final = sorted((word for word in _CONCEPTS_OF if not word.isascii()), key=len, reverse=True)


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a column's name, folded: `DISPFROM` is disp, from; `g:salePrice` is sale, price.

    Of a member within others these are the words of the innermost: `offer.price.was` is was.
    """
    steps = _steps(name)
    return _words(steps[-1]) if steps else ()


def _steps(name: str) -> list[str]:
    """The members that a name leads through; the places of lists (`tags.0`) are none."""
    steps = [_PREFIX.sub("", step.lstrip("@")) for step in name.strip()[:_LONGEST_NAME].split(".")]
    return [step for step in steps if step and not step.isdigit()]


def _words(step: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in fold(" ".join(_CAMEL.split(step.replace("_", " ")))).split():
        if word.isascii():
            found += _pieces(word)
        else:
            found += _wide_pieces(word)
    return tuple(found)


@lru_cache(maxsize=4096)
def concepts_of(name: str) -> frozenset[str]:
    """What the words of a name stand for. Of the members around the innermost only what they are about counts."""
    steps = [frozenset(concept for word in _words(step) for concept in _of_word(word)) for step in _steps(name)]
    around = (concept for step in steps[:-1] for concept in step & _ABOUT)
    return frozenset([*around, *(steps[-1] if steps else ())])


def _of_word(word: str) -> frozenset[str]:
    return _CONCEPTS_OF.get(word, frozenset())


_ABOUT: Final = frozenset({"cost", "merchant", "valid", "shown", "fee"})
"""What a member hands down to those within it: `price.was` is a price, `business.name` that of a merchant."""


def weekday_of(name: str) -> str | None:
    """The weekday that a name ends with, if it is one."""
    words = words_of(name)
    for word in reversed(words):
        if word in _OF_DAY:
            return _OF_DAY[word]
    return None


def _pieces(word: str) -> list[str]:
    """A glued word as the fewest known ones that make it up entirely; itself where they do not."""
    if word in _KNOWN or not _LATIN.fullmatch(word) or len(word) < 2 * _SHORTEST_PIECE:
        return [word]
    best: list[list[str] | None] = [None] * (len(word) + 1)
    best[0] = []
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 20), end - _SHORTEST_PIECE + 1):
            before = best[start]
            if before is not None and word[start:end] in _KNOWN:
                standing = best[end]
                if standing is None or len(before) + 1 < len(standing):
                    best[end] = [*before, word[start:end]]
    return best[-1] or [word]


def _wide_pieces(word: str) -> list[str]:
    """The known words that a text without spaces holds, longest first, each letter used once."""
    found: list[str] = []
    rest = word
    for known in _WIDE:
        if known in rest:
            found.append(known)
            rest = rest.replace(known, " ")
    return found or [word]
