"""What the mapping leaves open about a text file is found in it, said, and never silently wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.deals import StatedDeal
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.rows import Reject
from highstreet.market.feeds.readers.feed import open_feed
from highstreet.market.feeds.readers.scripts import encoding_of

Read = Callable[[Path, Mapping], list[StatedDeal | Reject]]

HEADER = "link{0}title{0}price{0}usual{0}ends{0}town\n"
ROW = 'https://deals.example/1-tour{0}"Tour, {1}"{0}19{0}38{0}2015-09-26T09:59:00Z{0}"Chicago, IL"\n'


def sentence(file: Path, mapping: Mapping) -> str:
    with pytest.raises(InvalidInput) as caught, open_feed(file, mapping):
        pass
    message = str(caught.value)
    assert message.startswith(f"{file.name}: ")
    assert "\n" not in message
    return message


def found(file: Path, mapping: Mapping) -> dict[str, str]:
    with open_feed(file, mapping) as feed:
        return feed.found


def with_file(mapping: Mapping, **stated: object) -> Mapping:
    return msgspec.structs.replace(mapping, file=msgspec.structs.replace(mapping.file, **stated))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_dialect_is_the_one_that_has_the_columns_of_the_mapping(
    delimiter: str, quote: str, csv_mapping: Mapping, tmp_path: Path, read: Read
) -> None:
    file = tmp_path / "feed.csv"
    header = HEADER.format(delimiter) if quote == '"' else HEADER.replace("title", '"title"').format(delimiter)
    file.write_text((header + ROW.format(delimiter, "a; b | c \t d")).replace('"', quote))
    (deal,) = read(file, csv_mapping)
    assert isinstance(deal, StatedDeal)
    assert deal.title == "Tour, a; b | c d"
    assert deal.stated_place == "Chicago, IL"
    unusual = {"delimiter": delimiter, "quote": quote}.items() - {"delimiter": ",", "quote": '"'}.items()
    assert found(file, csv_mapping) == dict(unusual)
    assert found(file, with_file(csv_mapping, delimiter=delimiter, quote=quote)) == {}


def test_a_stated_dialect_is_never_second_guessed(csv_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_text(HEADER.format(";") + ROW.format(";", "x"))
    assert "there are: link;title;price" in sentence(file, with_file(csv_mapping, delimiter=","))


def test_without_quotes_every_sign_is_text(csv_mapping: Mapping, tmp_path: Path, read: Read) -> None:
    file = tmp_path / "feed.tsv"
    file.write_text(HEADER.format("\t") + ROW.format("\t", "x").replace('"Tour, x"', '"Big" pizza, 5"'))
    assert isinstance(read(file, csv_mapping)[0], Reject)
    (deal,) = read(file, with_file(csv_mapping, quote="", delimiter="\t"))
    assert isinstance(deal, StatedDeal)
    assert deal.title == '"Big" pizza, 5"'


def test_a_file_without_a_header_has_the_columns_that_the_mapping_names(
    csv_mapping: Mapping, tmp_path: Path, read: Read
) -> None:
    file = tmp_path / "feed.csv"
    file.write_text(ROW.format(";", "x") + "a;b\n")
    mapping = with_file(csv_mapping, columns=("link", "title", "price", "usual", "ends", "town"))
    first, second = read(file, mapping)
    assert isinstance(first, StatedDeal)
    assert (first.line, first.title) == (1, "Tour, x")
    assert isinstance(second, Reject)
    assert found(file, mapping) == {"delimiter": ";"}


def test_windows_1252_is_found_and_said(csv_mapping: Mapping, tmp_path: Path, read: Read) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes((HEADER + ROW).format(",", "Crème brûlée – “déjà vu” à 5 €").encode("cp1252"))
    (deal,) = read(file, csv_mapping)
    assert isinstance(deal, StatedDeal)
    assert deal.title == "Tour, Crème brûlée – “déjà vu” à 5 €"
    assert found(file, csv_mapping) == {"encoding": "cp1252"}


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "お茶の時間、割引"),
        ("shift_jis", "タイムセール"),
        ("euc-jp", "お茶の時間"),
        ("gbk", "团购优惠券"),
        ("koi8-r", "скидка"),
        ("cp1251", "скидка"),
        ("iso8859-7", "έκπτωση"),
    ],
)
def test_another_script_is_never_taken_for_windows_1252(
    encoding: str, text: str, csv_mapping: Mapping, tmp_path: Path
) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes((HEADER + ROW).format(",", text).encode(encoding))
    assert "line 2 is not utf-8" in sentence(file, csv_mapping)


def test_a_language_that_windows_1252_was_not_made_for_is_not_guessed(csv_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes((HEADER + ROW).format(",", "Żółw").encode("iso8859-2"))
    polish = msgspec.structs.replace(csv_mapping, feed=msgspec.structs.replace(csv_mapping.feed, language="pl"))
    assert "set encoding under [file]" in sentence(file, polish)


LEGACY = [
    ("cp932", "ja", "お茶の時間、二名さまの割引クーポン、平日の昼のみ ①"),
    ("euc_jp", "ja", "お茶の時間、二名さまの割引クーポン、平日の昼のみ"),
    ("cp949", "ko", "두 사람을 위한 저녁 식사와 할인 쿠폰을 드립니다"),
    ("gb18030", "zh", "双人晚餐优惠券，仅限周末使用，需提前预约，谢谢光临本店"),
    ("cp1251", "ru", "Ужин на двоих со скидкой"),
    ("koi8_r", "ru", "Ужин на двоих со скидкой"),
    ("cp1253", "el", "Δείπνο για δύο με έκπτωση"),
    ("cp1255", "he", "ארוחת ערב לזוג במבצע"),
    ("cp874", "th", "อาหารค่ำสำหรับสองท่าน"),
]


@pytest.mark.parametrize(("encoding", "language", "text"), LEGACY)
def test_an_encoding_that_was_made_for_the_language_is_found(
    encoding: str, language: str, text: str, csv_mapping: Mapping, tmp_path: Path, read: Read
) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes((HEADER + ROW).format(",", text).encode(encoding))
    spoken = msgspec.structs.replace(csv_mapping, feed=msgspec.structs.replace(csv_mapping.feed, language=language))
    (deal,) = read(file, spoken)
    assert isinstance(deal, StatedDeal)
    assert deal.title == f"Tour, {text}"
    assert found(file, spoken) == {"encoding": encoding}


@pytest.mark.parametrize(("encoding", "language", "text"), LEGACY)
def test_without_a_language_only_what_cannot_be_taken_for_another_is_found(
    encoding: str, language: str, text: str, tmp_path: Path
) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes(f"title,price\n{text},5\n".encode(encoding))
    assert encoding_of(file, None) == (encoding if language in {"ja", "ko", "zh"} else None)
    assert encoding_of(file, "pl") is None


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_enough(codec: str, csv_mapping: Mapping, tmp_path: Path, read: Read) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes((HEADER + ROW).format(",", "お茶").encode(codec))
    (deal,) = read(file, csv_mapping)
    assert isinstance(deal, StatedDeal)
    assert deal.title == "Tour, お茶"
    assert found(file, csv_mapping) == ({"encoding": "utf-16"} if codec == "utf-16" else {})


def test_utf_16_without_its_mark_is_refused(csv_mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_bytes((HEADER + ROW).format(",", "x").encode("utf-16-le"))
    assert "the encoding under [file] may be wrong" in sentence(file, csv_mapping)


@pytest.fixture
def lines_mapping(mapping_text: str) -> Mapping:
    return parse_mapping(mapping_text.replace('"json"', '"jsonl"'), "lakeside.toml")


def test_hostile_lines_cost_themselves_only(
    lines_mapping: Mapping, tmp_path: Path, record: Callable[..., dict[str, str | None]], read: Read
) -> None:
    good = json.dumps(record(1))
    lines = {
        "7": "is not an object",
        "[1]": "is not an object",
        good[:-1] + ', "a": ' + "[" * 100_000 + "]" * 100_000 + "}": "levels deep",
        good[:-1] + ', "a": "' + "[" * 100_000 + '"}': None,
        good.replace('"19"', "NaN"): "holds NaN",
        good.replace("Boat", "\\u0000"): "control character U+0000",
        '{"a": }': "is not JSON",
        "\x00": "is not JSON",
        '{"' + '\\"' * 500_000 + "[" * 40: "is not JSON",
    }
    file = tmp_path / "feed.jsonl"
    file.write_text("\n".join([json.dumps(record(2)), *lines]) + "\r\n\n" + json.dumps(record(3)))
    first, *middle, last = read(file, lines_mapping)
    assert isinstance(first, StatedDeal)
    assert isinstance(last, StatedDeal)
    assert last.line == len(lines) + 3
    for answer, reason in zip(middle, lines.values(), strict=True):
        if reason is None:
            assert isinstance(answer, StatedDeal)
        else:
            assert isinstance(answer, Reject)
            assert reason in answer.reason
            assert len(answer.value or "") < 300


def test_json_lines_cut_short_or_of_another_kind_are_refused(
    lines_mapping: Mapping, tmp_path: Path, record: Callable[..., dict[str, str | None]]
) -> None:
    file = tmp_path / "feed.jsonl"
    whole = "\n".join(json.dumps(record(number)) for number in (1, 2))
    for kept in range(len(whole) // 2 + 2, len(whole)):
        file.write_text(whole[:kept])
        assert "cut short" in sentence(file, lines_mapping)
    file.write_text(f"[{whole}]")
    assert "is not JSON Lines: line 1 is no object" in sentence(file, lines_mapping)
    file.write_text('{"a": "' + "x" * (17 * 2**20) + '"}')
    assert "line 1 is larger than 16 MiB" in sentence(file, lines_mapping)
