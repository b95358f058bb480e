"""Japan: what its prefectures are called, and how places are written in Japanese.

GeoNames' files of towns know Japan's regions by number only. Names and seats: GeoNames, CC BY 4.0.
"""

import re
from typing import Final

import msgspec

COUNTRY: Final = "JP"


class Prefecture(msgspec.Struct, frozen=True):
    """`code` is GeoNames' number of it, `seat` the number of the town that its government sits in.

    Tokyo's offices stand in the ward of Shinjuku; its seat is the city.
    """

    code: str
    name: str
    native_name: str
    seat: int
    seat_name: str

    @property
    def short_name(self) -> str:
        """In Japanese without its kind; Hokkaido is never shortened."""
        return self.native_name if self.code == "12" else self.native_name[:-1]


PREFECTURES: Final = (
    Prefecture("01", "Aichi", "愛知県", 1_856_057, "Nagoya"),
    Prefecture("02", "Akita", "秋田県", 2_113_126, "Akita"),
    Prefecture("03", "Aomori", "青森県", 2_130_658, "Aomori"),
    Prefecture("04", "Chiba", "千葉県", 2_113_015, "Chiba"),
    Prefecture("05", "Ehime", "愛媛県", 1_926_099, "Matsuyama"),
    Prefecture("06", "Fukui", "福井県", 1_863_985, "Fukui"),
    Prefecture("07", "Fukuoka", "福岡県", 1_863_967, "Fukuoka"),
    Prefecture("08", "Fukushima", "福島県", 2_112_923, "Fukushima"),
    Prefecture("09", "Gifu", "岐阜県", 1_863_641, "Gifu"),
    Prefecture("10", "Gunma", "群馬県", 1_857_843, "Maebashi"),
    Prefecture("11", "Hiroshima", "広島県", 1_862_415, "Hiroshima"),
    Prefecture("12", "Hokkaido", "北海道", 2_128_295, "Sapporo"),
    Prefecture("13", "Hyogo", "兵庫県", 1_859_171, "Kobe"),
    Prefecture("14", "Ibaraki", "茨城県", 2_111_901, "Mito"),
    Prefecture("15", "Ishikawa", "石川県", 1_860_243, "Kanazawa"),
    Prefecture("16", "Iwate", "岩手県", 2_111_834, "Morioka"),
    Prefecture("17", "Kagawa", "香川県", 1_851_100, "Takamatsu"),
    Prefecture("18", "Kagoshima", "鹿児島県", 1_860_827, "Kagoshima"),
    Prefecture("19", "Kanagawa", "神奈川県", 1_848_354, "Yokohama"),
    Prefecture("20", "Kochi", "高知県", 1_859_146, "Kochi"),
    Prefecture("21", "Kumamoto", "熊本県", 1_858_421, "Kumamoto"),
    Prefecture("22", "Kyoto", "京都府", 1_857_910, "Kyoto"),
    Prefecture("23", "Mie", "三重県", 1_849_796, "Tsu"),
    Prefecture("24", "Miyagi", "宮城県", 2_111_149, "Sendai"),
    Prefecture("25", "Miyazaki", "宮崎県", 1_856_717, "Miyazaki"),
    Prefecture("26", "Nagano", "長野県", 1_856_215, "Nagano"),
    Prefecture("27", "Nagasaki", "長崎県", 1_856_177, "Nagasaki"),
    Prefecture("28", "Nara", "奈良県", 1_855_612, "Nara"),
    Prefecture("29", "Niigata", "新潟県", 1_855_431, "Niigata"),
    Prefecture("30", "Oita", "大分県", 1_854_487, "Oita"),
    Prefecture("31", "Okayama", "岡山県", 1_854_383, "Okayama"),
    Prefecture("32", "Osaka", "大阪府", 1_853_909, "Osaka"),
    Prefecture("33", "Saga", "佐賀県", 1_853_303, "Saga"),
    Prefecture("34", "Saitama", "埼玉県", 6_940_394, "Saitama"),
    Prefecture("35", "Shiga", "滋賀県", 1_853_574, "Otsu"),
    Prefecture("36", "Shimane", "島根県", 1_857_550, "Matsue"),
    Prefecture("37", "Shizuoka", "静岡県", 1_851_717, "Shizuoka"),
    Prefecture("38", "Tochigi", "栃木県", 1_849_053, "Utsunomiya"),
    Prefecture("39", "Tokushima", "徳島県", 1_850_158, "Tokushima"),
    Prefecture("40", "Tokyo", "東京都", 1_850_147, "Tokyo"),
    Prefecture("41", "Tottori", "鳥取県", 1_849_892, "Tottori"),
    Prefecture("42", "Toyama", "富山県", 1_849_876, "Toyama"),
    Prefecture("43", "Wakayama", "和歌山県", 1_926_004, "Wakayama"),
    Prefecture("44", "Yamagata", "山形県", 2_110_556, "Yamagata"),
    Prefecture("45", "Yamaguchi", "山口県", 1_848_689, "Yamaguchi"),
    Prefecture("46", "Yamanashi", "山梨県", 1_859_100, "Kofu"),
    Prefecture("47", "Okinawa", "沖縄県", 1_856_035, "Naha"),
)

_NATIVE = {prefecture.native_name: prefecture for prefecture in PREFECTURES}
_ADDRESS = re.compile(f"({'|'.join(_NATIVE)}) ?(.+)")
_KIND = re.compile("([\u3041-\u30ff\u3400-\u9fff]+)[都道府県市区町村]")
"""A name in Japanese with the kind of place at its end."""


def region_names() -> dict[str, str]:
    """The names of the prefectures by their codes."""
    return {prefecture.code: prefecture.name for prefecture in PREFECTURES}


def names_of_seats() -> dict[int, tuple[str, ...]]:
    """By the number of a town: what its prefecture is called, since who names a prefecture is served from its seat."""
    return {
        prefecture.seat: (prefecture.name, prefecture.native_name, prefecture.short_name) for prefecture in PREFECTURES
    }


def by_native_name(name: str) -> Prefecture | None:
    return _NATIVE.get(name)


def in_prefecture(folded: str) -> tuple[str, Prefecture | None]:
    """An address from the large to the small, as Japanese has it, in two: `神奈川県川崎市` is `川崎市` in Kanagawa."""
    found = _ADDRESS.fullmatch(folded)
    return (found[2], _NATIVE[found[1]]) if found else (folded, None)


def without_kind(folded: str) -> str | None:
    """`新宿` for `新宿区`; None where no kind of place is written."""
    found = _KIND.fullmatch(folded)
    return found[1] if found else None
