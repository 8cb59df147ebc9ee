"""Opt-outs in any case, language and spelling; talk about paying is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.channels.replies import TEXT_READ_MAX, OptOut, is_opt_out

WORDS = (
    "STOP ALTO BAJA ARRET arrêt STOPP Stopall unsubscribe END Quit cancel revoke optout parar Abmelden afmelden avsluta "
    "basta disiscrivi стоп Отписаться στοπ توقف הסר बंद रोकें বন্ধ 停止 退订 配信停止 수신거부 หยุด"
)


class TestOptOutWords:
    @pytest.mark.parametrize("word", WORDS.split())
    def test_a_word_alone_is_an_opt_out(self, word: str) -> None:
        """
        The networks' keywords, and those of other languages.
        """
        assert OptOut.YES is is_opt_out(word)

    @pytest.mark.parametrize(
        "text",
        [
            "stop.",
            "  STOP!!! ",
            "S T O P",
            "s.t.o.p",
            "«Stop»",
            "stop stop",
            "STOP 👍",
            "ＳＴＯＰ",
            "st\u200bop",
            "¡Paré!",
            "opt-out",
            "Opt Out",
            "ЅТОР",
        ],
    )
    def test_case_accents_and_decoration_do_not_matter(self, text: str) -> None:
        """
        Full-width letters, letters of another alphabet that look alike, and invisible ones are seen through.
        """
        assert OptOut.YES is is_opt_out(text)

    @pytest.mark.parametrize(
        "text",
        [
            "please STOP texting me",
            "Don't call me again",
            "do not contact me",
            "leave me alone",
            "Take me off your list",
            "no more messages",
            "I am opting out",
            "No me llame más, por favor",
            "quiero darme de baja",
            "dejen de escribirme",
            "Ne m'appelez plus",
            "Ich will keine SMS mehr",
            "não me mande mais nada",
            "Не пишите мне",
        ],
    )
    def test_a_sentence_can_say_it_plainly(self, text: str) -> None:
        """
        Whatever a person would understand at once.
        """
        assert OptOut.YES is is_opt_out(text)

    @pytest.mark.parametrize(
        "text", ["I paid in full, stop", "will stop by tomorrow", "请停止发短信", "sotp", "stp", "stopo", "please cancel", "désabonnez-moi"]
    )
    def test_what_is_not_clear_counts(self, text: str) -> None:
        """
        A word within a sentence, or a slip of the finger, stops contact too.
        """
        assert OptOut.UNSURE is is_opt_out(text)
        assert is_opt_out(text).stops

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   ",
            "👍",
            "yes",
            "no",
            "Paid it this morning",
            "I will pay at the end of the month",
            "can I cancel the order and pay less",
            "pago a fin de mes sin falta",
            "le taux est trop dur pour moi",
            "I bought it at the shop",
            "shop",
            "step",
        ],
    )
    def test_talk_about_paying_is_no_opt_out(self, text: str) -> None:
        """
        Words that also belong to ordinary answers do not end the conversation.
        """
        assert OptOut.NO is is_opt_out(text)
        assert not is_opt_out(text).stops

    @given(
        word=st.sampled_from(WORDS.split()), around=st.sampled_from(["{}", " {} ", "{}!", "...{}?", "\n{}\n", "({})"]), upper=st.booleans()
    )
    def test_wrapping_a_word_changes_nothing(self, word: str, around: str, upper: bool) -> None:
        """
        Case and punctuation never hide an opt-out.
        """
        assert OptOut.YES is is_opt_out(around.format(word.upper() if upper else word.lower()))

    @given(before=st.text(max_size=40), after=st.text(max_size=40))
    def test_stop_within_any_text_counts(self, before: str, after: str) -> None:
        """
        No sentence around the word makes it vanish.
        """
        assert is_opt_out(f"{before} stop {after}").stops

    def test_only_the_beginning_of_a_long_text_is_read(self) -> None:
        """
        A quoted thread below the answer holds our own opt-out line.
        """
        assert OptOut.NO is is_opt_out("I will pay on Friday. " + "x" * TEXT_READ_MAX + " Reply STOP to opt out")
