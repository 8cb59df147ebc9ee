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

# By themselves an opt-out; within a sentence a possible one. No word here is common in a sentence about paying.
_STRONG: Final = """
    stop stopall stops stopp stoppen stopper unsubscribe unsub optout revoke
    alto baja desuscribir desuscribirme parar pare pari sair descadastrar
    arret arreter arretez desabonner desabonnez desinscrire desinscription
    abmelden abbestellen austragen afmelden uitschrijven afmeld frameld avmeld avsluta avregistrera lopeta
    basta disiscrivi disiscrivimi disdetta annullaiscrizione wypisz rezygnuje zrusit odhlasit leiratkozas
    dezabonare iptal ret dur stap berhenti huminto tigil acha sitisha hagen
    стоп отписка отписаться відписатися спри στοπ διακοπη
    توقف ايقاف قف الغاء הסר עצור
    बंद रोको रोकें বন্ধ நிறுத்து నిలిపివేయి ہٹاؤ بند
""".split()  # noqa: SIM905

# Scripts without spaces between words: looked for anywhere in the text.
_UNSPACED: Final = ("停止", "退订", "退訂", "取消订阅", "取消訂閱", "配信停止", "解除", "수신거부", "중지", "그만", "หยุด", "ยกเลิก")

# An opt-out when nothing else is said: each also means something else in a sentence about a payment or a date.
_WEAK: Final = "end quit cancel cancelar cancela annuler annulla annulieren fin fim ende slut slutt halt stoppe no opt out leave off remove bas".split()  # noqa: SIM905

_PHRASES: Final = (
    r"stop (?:all |the |this |these |those |your |any )*(?:text|messag|sms|mail|e ?mail|call|contact|send|writ|bother|harass|spam|notif|remind)",
    r"(?:do not|dont|don t|never|no longer|quit|cease) (?:\w+ )?(?:text|messag|sms|mail|email|call|contact|send|writ|bother)",
    r"leave me alone|lose my number|cease and desist|cease contact|cease all",
    r"(?:take|remove) me (?:off|from)|(?:take|remove) my (?:number|phone|email|name)",
    r"opt(?:ing|ed)? (?:me )?out|unsubscribe|no more (?:text|messag|sms|mail|email|call|contact)",
    r"no (?:me )?(?:escriba|llame|mande|envie|contacte|moleste|quiero recibir|deseo recibir)|dar(?:me)? de baja|dejen? de|no mas (?:mensaje|correo|llamada)",
    r"ne (?:m |me )?(?:contactez|ecrivez|appelez|envoyez)|plus de (?:message|sms|mail)|laissez moi",
    r"keine (?:nachricht|sms|mail|e ?mail|anruf)|nicht mehr (?:schreiben|anrufen|kontaktieren|senden)|horen sie auf|lassen sie mich",
    r"nao (?:me )?(?:mande|envie|ligue|contate)|nao quero (?:mais )?receber|geen (?:bericht|sms|mail|email)|sluta (?:skriv|ring|skicka|kontakt)",
    r"non (?:mi )?(?:scriv|chiam|contatt|mand|invi)|nie (?:pisz|dzwon|wysyl)|не (?:пиш|звон|присыл|надо)|больше не",
)
_PHRASE: Final = re.compile(rf"\b(?:{'|'.join(_PHRASES)})")
_APART: Final = re.compile(r"[^\w]+|_+")
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
    if len(words) <= 2 and (any(word in _KNOWN_WEAK for word in words) or _slip_of_stop(joined)):
        return OptOut.UNSURE
    return OptOut.NO


def _plain(text: str) -> str:
    """Return lower-case words without accents, a space between each."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    # Latin, Greek, Cyrillic and Arabic marks are dropped; the vowel signs of other scripts are letters (category Mc or kept below).
    bare = "".join(c for c in folded if not (unicodedata.combining(c) and unicodedata.category(c) == "Mn"))
    return _APART.sub(" ", bare).strip()


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
_KNOWN_STRONG: Final = frozenset(_plain(word) for word in _STRONG)
_KNOWN_WEAK: Final = frozenset(_plain(word) for word in _WEAK) - {"no", "out", "off", "leave", "opt", "bas"}
_KNOWN: Final = _KNOWN_STRONG | _KNOWN_WEAK
_PLAIN_UNSPACED: Final = frozenset(_plain(sign).replace(" ", "") for sign in _UNSPACED)
