"""How text is read, written down a second time: with nothing imported from the product, letter by letter."""

import unicodedata
from urllib.parse import unquote, urlsplit

STOP_WORDS = {
    *("a", "an", "and", "at", "by", "for", "from", "in", "near", "of", "on", "or", "the", "to", "with"),
    *("al", "cerca", "con", "de", "del", "el", "en", "la", "las", "los", "o", "para", "por", "un", "una", "y"),
}


def script(letter: str) -> str:
    """What a letter of a script without spaces makes runs with; empty for letters of words, and for signs."""
    code = ord(letter)
    if letter == "\u30fc":
        return "long vowel"
    if code in (0x30F5, 0x30F6) or 0x3041 <= code <= 0x3096 or 0x309D <= code <= 0x309F:
        return "japanese"
    if is_han(letter):
        return "japanese"
    if (0x30A1 <= code <= 0x30FF and code != 0x30FB) or 0x31F0 <= code <= 0x31FF:
        return "katakana"
    if 0xAC00 <= code <= 0xD7A3:
        return "korean"
    south_east = 0xE00 <= code < 0xF00 or 0x1000 <= code < 0x10A0 or 0x1780 <= code < 0x1800
    return "south east" if south_east and unicodedata.category(letter)[0] in "LMN" else ""


def is_han(letter: str) -> bool:
    code = ord(letter)
    blocks = ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
    return any(first <= code <= last for first, last in blocks)


def is_run(word: str) -> bool:
    return script(word[0]) != ""


def plain(text: str) -> str:
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()):
        accent = unicodedata.combining(letter) and letter not in "\u3099\u309a" and not script(letter)
        if not accent and letter not in "'\u2018\u2019\u02bc":
            letters.append(letter)
    composed = unicodedata.normalize("NFC", "".join(letters)).replace("'", "")
    found = list(composed)
    for place in range(1, len(composed) - 1):
        before, here, behind = composed[place - 1 : place + 2]
        if here == "\u30b1" and (is_han(before) or before in "0123456789") and is_han(behind):
            found[place] = "\u30f6"
    return "".join(found)


def words_of(text: str) -> list[str]:
    return parted(plain(text))


def parted(text: str) -> list[str]:
    """Words and runs: they end at a sign or where the script changes. A long vowel goes with what it follows."""
    found: list[str] = []
    last = None
    for letter in text:
        kind = script(letter)
        if kind == "long vowel":
            kind = last if last in ("japanese", "katakana") else "katakana"
        if not kind and not letter.isalnum():
            last = None
            continue
        if kind == last:
            found[-1] += letter
        else:
            found.append(letter)
        last = kind
    return found


def written_runs(text: str) -> list[str]:
    """The words and runs of a deal. A dot within a loanword parts nothing."""
    letters = list(plain(text))
    kana = [script(letter) in ("katakana", "long vowel") for letter in letters]
    for place in range(1, len(letters) - 1):
        if letters[place] == "\u30fb" and kana[place - 1] and kana[place + 1]:
            letters[place] = ""
    return parted("".join(letters).replace("東京都", "東京 都"))


def asked_words(text: str) -> list[str]:
    """The words and runs of a question, small words and long vowels at the end of loanwords left out."""
    letters = list(plain(text))
    for place in range(2, len(letters)):
        noun = all(is_han(x) or script(x) in ("katakana", "long vowel") for x in letters[place - 2 : place])
        behind = letters[place + 1] if place + 1 < len(letters) else " "
        ends = not (0x3041 <= ord(behind) <= 0x3096 or 0x309D <= ord(behind) <= 0x309F)
        if noun and letters[place] in "\u306e\u3092\u3067\u3068" and ends:
            letters[place] = " "
    shortened = "".join(letters)
    for behind in "内心民":
        shortened = shortened.replace(f"東京都{behind}", f"東京 都{behind}")
    words = parted(shortened.replace("東京都", "東京 "))
    asked = [word[:-1] if word[-1] == "\u30fc" and len(word) >= 4 else word for word in words]
    return [word for word in asked if word not in STOP_WORDS] or asked


def stored(text: str) -> list[str]:
    """What is stored of a deal's text: words, and of a run each pair of letters and the last one."""
    return [
        word[at : at + 2] if is_run(word) else word
        for word in written_runs(text)
        for at in (range(len(word)) if is_run(word) else range(1))
    ]


def link_words(address: str) -> list[str]:
    parts = urlsplit(address)
    last = [part for part in parts.path.split("/") if part][-1:] if parts.netloc else []
    words = words_of(" ".join(unquote(part).removesuffix(".html") for part in last))
    return [word for word in words if not any(letter.isnumeric() for letter in word)]
