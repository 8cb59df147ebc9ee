"""The dashboard is one safe page, and says what the measures say."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import attrs
import pytest

from collectkit.errors import ValidationError
from collectkit.portfolio import Portfolio
from collectkit.reports import NightlyReport, WorkPart, ageing, coaching, render
from collectkit.reports._charts import ticks
from collectkit.reports._html import Markup, tag
from collectkit.reports._style import _DARK, _LIGHT, ramp

from .sample import sample
from .test_coaching import reviewed


class Reader(HTMLParser):
    """Keeps tags, attributes and text, and complains of tags that do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, name, attributes):
        self.tags.append((name, dict(attributes)))
        if name != "meta":
            self.open.append(name)

    def handle_endtag(self, name):
        assert name == self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


@pytest.fixture(scope="module")
def report() -> NightlyReport:
    """A small report."""
    return sample()


@pytest.fixture(scope="module")
def page(report) -> str:
    """Its page."""
    return render(report)


class TestSafety:
    def test_nothing_is_fetched_and_nothing_runs(self, page):
        """
        No script, no address, no picture from elsewhere; the page itself forbids them.
        """
        reader = Reader(page)

        assert not {"script", "link", "img", "iframe", "object", "form"} & {name for name, _ in reader.tags}
        assert not re.search(r"https?:|url\(|@import|javascript:", page)
        assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
        assert {"#"} == {attributes["href"][0] for name, attributes in reader.tags if name == "a"}
        assert "default-src 'none'" in page

    def test_every_text_is_escaped(self, report):
        """
        A title, a handler or a rule that looks like markup stays text.
        """
        evil = '"><script>alert(1)</script>'
        lines = tuple(attrs.evolve(line, handler=evil) for line in report.placements.lines)
        refused = tuple(attrs.evolve(line, rule=evil, citation=evil, reason=evil, channel=evil) for line in report.contacts.refused)
        page = render(
            attrs.evolve(
                report,
                title=evil,
                notice=evil,
                packs=(evil,),
                placements=attrs.evolve(report.placements, lines=lines),
                contacts=attrs.evolve(report.contacts, refused=refused),
            )
        )

        assert "<script" not in page
        assert "script" not in {name for name, _ in Reader(page).tags}

    def test_markup_and_text_are_told_apart(self):
        """
        Only markup passes unescaped, and attributes are quoted.
        """
        assert '<p title="&quot;a&quot;">&lt;b&gt;<i></i></p>' == tag("p", "<b>", tag("i"), title='"a"')
        assert "<details open>x</details>" == tag("details", Markup("x"), open=True, id=None)


class TestPeopleAndTeams:
    def test_who_did_what(self, report):
        """
        A row for each, the credits add up to what was collected, and nobody is flagged by chance.
        """
        worked = [
            WorkPart("ann", "USD", "a-1", "c-1", attempts=3, worked=1, credited_minor=12_345, due_minor=400, honored_minor=100),
            WorkPart("bob", "USD", "a-2", "c-2", workable=1, contacts=2, permitted=1),
            WorkPart("", "USD", "a-3", "c-3", credited_minor=55),
        ]
        text = " ".join(Reader(render(attrs.evolve(report, productivity=reviewed(worked), coaching=coaching(reviewed(worked))))).text)

        assert "ann 1 3 0 0 $123.45 n/a 25.0% n/a" in text
        assert "bob 0 2 0 0 $0.00 0.0% n/a 50.0%" in text
        assert "all 1 5 0 0 $124.00" in text
        assert "0 compared" not in text

    def test_whom_to_talk_to(self, report):
        """
        A flag says whose figure differs by how much, and what to look at together.
        """
        calls = [WorkPart("ann", "USD", f"a-{n}", f"c-{n}", contacts=1, permitted=int(n > 9)) for n in range(40)]
        made = reviewed(calls)
        text = " ".join(Reader(render(attrs.evolve(report, productivity=made, coaching=coaching(made)))).text)

        assert "ann: unlawful contacts; compliance is 75.0% (" in text
        assert "listen to these calls together" in text

    def test_nobody_worked(self, report, page):
        """
        Without people there is no such part.
        """
        alone = reviewed([WorkPart("", "USD", "a-3", "c-3", credited_minor=55)])

        assert "People and teams" not in page
        assert "People and teams" not in render(attrs.evolve(report, productivity=alone))


class TestReading:
    def test_page_is_well_formed_and_has_a_language(self, page):
        """
        Every tag closes, and readers by ear know the language.
        """
        reader = Reader(page)

        assert [] == reader.open
        assert ("html", {"lang": "en"}) in reader.tags
        assert 1 == sum(name == "h1" for name, _ in reader.tags)

    def test_each_chart_says_what_it_is(self, page):
        """
        A picture has a name and a table beside it.
        """
        reader = Reader(page)
        charts = [attributes for name, attributes in reader.tags if name == "svg"]

        assert 4 == len(charts)
        assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in charts)
        assert all(attributes.get("scope") in ("row", "col") for name, attributes in reader.tags if name == "th")

    def test_links_lead_to_parts(self, page):
        """
        Each part that the list names is there.
        """
        reader = Reader(page)
        ids = {attributes["id"] for _, attributes in reader.tags if attributes.get("id")}

        assert {attributes["href"][1:] for name, attributes in reader.tags if name == "a"} == ids

    def test_it_shows_what_the_measures_say(self, report, page):
        """
        Totals, refusals with their source and promises stand on the page as measured.
        """
        text = " ".join(Reader(page).text)
        newest = report.ageings[-1]

        assert report.money("USD")(newest.outstanding_minor("USD")) in text
        assert report.money("USD")(newest.past_due_minor("USD")) in text
        assert "12 CFR 1006.6(b)(1)(i)" in text
        assert f"{report.promises.kept_rate('USD').percent(1)}%" in text
        assert "no legal advice" in text
        assert "30 Jun 2026" in text

    def test_the_same_report_is_the_same_page(self, report, page):
        """
        Nothing on the page depends on when it is drawn.
        """
        assert page == render(report)

    def test_each_currency_has_its_own_parts(self):
        """
        Amounts of two currencies never stand in one total.
        """
        text = render(sample(40, 3, ("USD", "GBP")))

        assert {"GBP", "USD"} <= set(re.findall(r"<h3>(\w+)</h3>", text))
        assert "£" in text
        assert "$" in text

    def test_a_report_without_accounts_is_refused(self, report):
        """
        There is no page about nothing.
        """
        with pytest.raises(ValidationError, match="at least one day"):
            attrs.evolve(report, ageings=(ageing(Portfolio.of([])),))

    def test_one_day_and_no_work_make_a_page(self, report):
        """
        On its first night a book has one snapshot, no roll, no promise and no contact.
        """
        first = sample(1, 1)
        page = render(attrs.evolve(report, ageings=first.ageings, rolls=first.rolls, stops=attrs.evolve(report.stops, lines=())))

        assert [] == Reader(page).open
        assert 'id="rolls"' not in page
        assert date(2026, 6, 30) == first.ageings[-1].as_of


class TestDrawing:
    @pytest.mark.parametrize(
        ("most", "expected"), [(0, [0, 1]), (7, [0, 2, 4, 6, 8]), (100, [0, 20, 40, 60, 80, 100]), (120_000, [0, 50_000, 100_000, 150_000])]
    )
    def test_ticks_are_round(self, most, expected):
        """
        The scale reaches the highest column in a few round steps.
        """
        assert expected == ticks(most)

    @pytest.mark.parametrize("stops", [_LIGHT, _DARK])
    @pytest.mark.parametrize("count", [2, 5, 8])
    def test_colors_of_bands_are_ordered_by_lightness(self, stops, count):
        """
        Who sees no hues still sees the order of the bands.
        """
        weights = ((299, 1), (587, 3), (114, 5))
        lightness = [sum(weight * int(color[at : at + 2], 16) for weight, at in weights) for color in ramp(count, stops)]

        assert lightness in (sorted(lightness), sorted(lightness, reverse=True))
        assert count == len(set(lightness))
