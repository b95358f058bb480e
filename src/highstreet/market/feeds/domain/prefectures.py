"""Areas that feeds name in another script than the places of the catalogue, each with the town that stands for it."""

from typing import Final

from highstreet.market.feeds.domain.mapping import Prefectures

PREFECTURES: Final[dict[Prefectures, dict[str, str]]] = {
    Prefectures.JAPAN: {
        "北海道": "Sapporo, 12, JP",
        "青森県": "Aomori, 03, JP",
        "岩手県": "Morioka, 16, JP",
        "宮城県": "Sendai, 24, JP",
        "秋田県": "Akita, 02, JP",
        "山形県": "Yamagata, 44, JP",
        "福島県": "Fukushima, 08, JP",
        "茨城県": "Mito, 14, JP",
        "栃木県": "Utsunomiya, 38, JP",
        "群馬県": "Maebashi, 10, JP",
        "埼玉県": "Saitama, 34, JP",
        "千葉県": "Chiba, 04, JP",
        "東京都": "Tokyo, 40, JP",
        "神奈川県": "Yokohama, 19, JP",
        "新潟県": "Niigata, 29, JP",
        "富山県": "Toyama, 42, JP",
        "石川県": "Kanazawa, 15, JP",
        "福井県": "Fukui, 06, JP",
        "山梨県": "Kofu, 46, JP",
        "長野県": "Nagano, 26, JP",
        "岐阜県": "Gifu, 09, JP",
        "静岡県": "Shizuoka, 37, JP",
        "愛知県": "Nagoya, 01, JP",
        "三重県": "Tsu, 23, JP",
        "滋賀県": "Otsu, 35, JP",
        "京都府": "Kyoto, 22, JP",
        "大阪府": "Osaka, 32, JP",
        "兵庫県": "Kobe, 13, JP",
        "奈良県": "Nara, 28, JP",
        "和歌山県": "Wakayama, 43, JP",
        "鳥取県": "Tottori, 41, JP",
        "島根県": "Matsue, 36, JP",
        "岡山県": "Okayama, 31, JP",
        "広島県": "Hiroshima, 11, JP",
        "山口県": "Yamaguchi, 45, JP",
        "徳島県": "Tokushima, 39, JP",
        "香川県": "Takamatsu, 17, JP",
        "愛媛県": "Matsuyama, 05, JP",
        "高知県": "Kochi, 20, JP",
        "福岡県": "Fukuoka, 07, JP",
        "佐賀県": "Saga, 33, JP",
        "長崎県": "Nagasaki, 27, JP",
        "熊本県": "Kumamoto, 21, JP",
        "大分県": "Oita, 30, JP",
        "宮崎県": "Miyazaki, 25, JP",
        "鹿児島県": "Kagoshima, 18, JP",
        "沖縄県": "Naha, 47, JP",
    }
}
"""The 47 prefectures of Japan by the seats of their governments, with GeoNames' numbers of the prefectures.

Source: GeoNames (CC BY 4.0), whose capitals of first-order divisions (PPLA) these are. Tokyo's offices stand in the
ward of Shinjuku; the point is the city's.
"""
