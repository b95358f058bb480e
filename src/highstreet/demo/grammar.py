"""Phrases with choices and words: how the tables of the demonstration become sentences.

`{a|b|}` is one of its alternatives, which hold no braces themselves. `$word` is one word of the pool of that name, the
same one each time it is asked for; `$word2` is another one of the same pool; `$Word` starts with a capital letter.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random

_CHOICE = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"\$([A-Za-z_]+2?)")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU](?!ne\b|ne-|nce\b|uro|ni[^nm]|se))")
_SPACES = re.compile(r"  +")


class Lexicon(dict[str, str]):
    """The words that one merchant or deal has chosen so far. Asking for a word that is not chosen yet chooses it."""

    def __init__(self, rng: Random, pools: Mapping[str, Sequence[str]], given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.rng = rng
        self._pools = pools

    def __missing__(self, name: str) -> str:
        if name[0].isupper():
            word = capital(self[name[0].lower() + name[1:]])
        elif name.endswith("2"):
            first = self[name[:-1]]
            word = self.rng.choice([other for other in self._pools[name[:-1]] if other != first])
        else:
            word = self.rng.choice(self._pools[name])
        self[name] = word
        return word

    def renew(self, names: Sequence[str]) -> None:
        """Forget these words, so that the next phrase chooses them again."""
        for name in names:
            for form in (name, f"{name}2", capital(name), f"{capital(name)}2"):
                self.pop(form, None)

    def say(self, phrase: str) -> str:
        """The phrase with its choices made, starting with a capital letter."""
        text = _CHOICE.sub(lambda found: self.rng.choice(found[1].split("|")), phrase)
        text = _WORD.sub(lambda found: self[found[1]], text)
        return capital(_SPACES.sub(" ", text).strip())

    def say_english(self, phrase: str) -> str:
        """As `say`, with `a` before a vowel as `an`."""
        return _ARTICLE.sub(r"\1n ", self.say(phrase))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def one_of(words: Sequence[str], conjunction: str) -> str:
    """`a, b or c`."""
    *before, last = words
    return f"{', '.join(before)} {conjunction} {last}" if before else last
