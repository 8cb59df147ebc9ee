"""Whether an answer asks us to stop, in whichever language, case or spelling it comes.

To miss an opt-out is a breach, to take one too many is a lost reminder: what is not clear counts as an opt-out.
Telephone networks and laws know a handful of words; people write others, misspell them and put them into sentences.
Only words that are part of ordinary talk about money (``end``, ``fin``, ``cancel``) are not enough within a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from typing import Final


class OptOut(Enum):
    """What an answer says about further messages."""

    YES = "yes"
    """It asks us to stop."""
    UNSURE = "unsure"
    """It may ask us to stop, and is treated as if it did."""
    NO = "no"
    """It says nothing of that."""

    @property
    def stops(self) -> bool:
        """Whether contact on that channel must cease."""
        return self is not OptOut.NO


TEXT_READ_MAX: Final = 2_000
"""Characters that are looked at; a reply is shorter, and a quoted thread below it is not the person's answer."""

# By themselves an opt-out; within a sentence a possible one. None is common in a sentence about paying.
_STRONG: Final = (
    "stop stopall stops stopp stoppen stopper unsubscribe unsub optout revoke "
    "desuscribir desuscribirme parar pare descadastrar arret arreter arretez desabonner desabonnez desinscrire "
    "abmelden abbestellen afmelden uitschrijven afmeld avmeld avsluta avregistrera lopeta basta disiscrivi disiscrivimi "
    "wypisz rezygnuje odhlasit dezabonare iptal berhenti huminto стоп отписка отписаться відписатися στοπ "
    "توقف ايقاف הסר बंद रोको रोकें বন্ধ"
)

# Scripts without spaces between words: looked for anywhere in the text.
_UNSPACED: Final = ("停止", "退订", "退訂", "取消订阅", "取消訂閱", "配信停止", "수신거부", "중지", "หยุด")

# An opt-out in an answer of up to `_SHORT` words: each also means something else when somebody speaks of a payment.
_WEAK: Final = "end quit cancel halt alto baja cancelar cancela salir sair annuler annulla fin fine fim ende slut slutt dur ret قف الغاء"
_SHORT: Final = 3

_PHRASES: Final = (
    r"stop (?:all |the |th[ei]s[et]? |those |your |any )*(?:text|messag|sms|e ?mail|call|contact|send|writ|bother|harass|spam|notif)",
    r"(?:do not|dont|don t|never|no longer|quit|cease) (?:ever )?(?:text|messag|sms|email|call|contact|bother|write)",
    r"leave me alone|lose my number|cease and desist|cease contact|cease all",
    r"(?:take|remove) me (?:off|from)|(?:take|remove) my (?:number|phone|email|name)",
    r"opt(?:ing|ed)? (?:me )?out|no more (?:text|messag|sms|mail|email|call|contact)",
    r"no (?:me )?(?:escriba|llame|mande|envie|contacte|moleste)|no (?:quiero|deseo) recibir|dar(?:me)? de baja",
    r"dej\w* de (?:llam|escrib|mand|envi|molest|contact)|no mas (?:mensaje|correo|llamada)",
    r"ne (?:m |me )?(?:contactez|ecrivez|appelez|envoyez)|plus de (?:message|sms|mail)|laissez moi",
    r"keine (?:nachricht|sms|mail|e ?mail|anruf)|nicht mehr (?:schreiben|anrufen|kontaktieren|senden)|lassen sie mich in",
    r"nao (?:me )?(?:mande|envie|ligue|contate)|nao quero (?:mais )?receber|geen (?:bericht|sms|mail|email)",
    r"sluta (?:skriv|ring|skicka|kontakt)|non (?:mi )?(?:scriv|chiam|contatt)|nie (?:pisz|dzwon)|не (?:пиш|звон|присыл)",
)
_PHRASE: Final = re.compile(rf"\b(?:{'|'.join(_PHRASES)})")
# Letters of other alphabets that look like ours: "ЅТОР" is read as what the eye sees.
_LOOKALIKES: Final = str.maketrans("асеоркхутмвнѕіιοτρνκ", "aceopkxytmbhsiiotpvk")


def is_opt_out(text: str) -> OptOut:
    """
    Tell whether an incoming text asks that messages stop.

    Case, accents, punctuation and spacing do not matter, and no language is asked for.

    Args:
        text: The answer as it came; of a longer one the first `TEXT_READ_MAX` characters count.

    Source:
        47 CFR 64.1200(a)(10): "stop", "quit", "end", "revoke", "opt out", "cancel" and "unsubscribe" in a reply are
        reasonable means each, and other words are by all circumstances; in force since 2025-04-11.

    >>> is_opt_out("please STOP texting me"), is_opt_out("S.T.O.P!"), is_opt_out("I will pay at the end of the month")
    (<OptOut.YES: 'yes'>, <OptOut.YES: 'yes'>, <OptOut.NO: 'no'>)
    """
    plain = _plain(text[:TEXT_READ_MAX])
    words = plain.split()
    if not words:
        return OptOut.NO
    joined = "".join(words)
    if _whole(words, joined) or _PHRASE.search(plain):
        return OptOut.YES
    if any(word in _KNOWN_STRONG or word.translate(_LOOKALIKES) in _KNOWN_STRONG for word in words):
        return OptOut.UNSURE
    if any(sign in joined for sign in _PLAIN_UNSPACED):
        return OptOut.UNSURE
    if len(words) <= _SHORT and (any(word in _KNOWN_WEAK for word in words) or _slip_of_stop(joined)):
        return OptOut.UNSURE
    return OptOut.NO


def _plain(text: str) -> str:
    """Return lower-case words without accents, a space between each."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(_kept(c) for c in folded).split())


def _kept(character: str) -> str:
    """Return a letter, a digit or a vowel sign as it is, an accent or an invisible character as nothing, all else as a space."""
    kind = unicodedata.category(character)
    if kind == "Cf" or (kind == "Mn" and unicodedata.combining(character) > 200):
        return ""
    return character if kind[0] in "LMN" else " "


def _whole(words: list[str], joined: str) -> bool:
    """Whether the text is an opt-out and nothing more, be it spaced out (``s t o p``) or repeated."""
    seen = joined.translate(_LOOKALIKES)
    if joined in _KNOWN or seen in _KNOWN or joined in _PLAIN_UNSPACED:
        return True
    return all(word in _KNOWN or word.translate(_LOOKALIKES) in _KNOWN for word in words)


def _slip_of_stop(word: str) -> bool:
    """Whether one slip of the finger turns *word* into "stop": a letter missing, doubled, exchanged or swapped with the next."""
    if word in _NO_SLIPS or not 3 <= len(word) <= 5:
        return False
    swapped = {"stop"[:i] + "stop"[i + 1] + "stop"[i] + "stop"[i + 2 :] for i in range(3)}
    missing = {"stop"[:i] + "stop"[i + 1 :] for i in range(4)}
    wrong = len(word) == 4 and sum(a != b for a, b in zip(word, "stop", strict=True)) == 1
    added = len(word) == 5 and any(word[:i] + word[i + 1 :] == "stop" for i in range(5))
    return word in swapped or word in missing or wrong or added


_NO_SLIPS: Final = frozenset({"step", "shop", "top", "sop", "atop"})
_KNOWN_STRONG: Final = frozenset(_plain(word) for word in _STRONG.split())
_KNOWN_WEAK: Final = frozenset(_plain(word) for word in _WEAK.split())
_KNOWN: Final = _KNOWN_STRONG | _KNOWN_WEAK
_PLAIN_UNSPACED: Final = frozenset(_plain(sign).replace(" ", "") for sign in _UNSPACED)
