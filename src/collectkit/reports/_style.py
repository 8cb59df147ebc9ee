"""How the page looks: one style sheet, light and dark, screen, telephone and paper."""

from __future__ import annotations

from collections.abc import Sequence

Color = tuple[int, int, int]

# Lightness falls from band to band on a light ground and rises on a dark one, so that the order is seen without hue.
_LIGHT: tuple[Color, ...] = ((246, 205, 97), (232, 150, 60), (205, 92, 52), (150, 46, 66), (84, 24, 70))
_DARK: tuple[Color, ...] = ((115, 84, 28), (164, 102, 30), (209, 122, 62), (238, 160, 128), (255, 216, 205))


def ramp(count: int, stops: Sequence[Color]) -> list[str]:
    """Return *count* colors evenly spread over *stops*, as hexadecimal text."""
    if count == 1:
        return ["#" + "".join(f"{part:02x}" for part in stops[len(stops) // 2])]
    made = []
    for place in range(count):
        whole, rest = divmod(place * (len(stops) - 1), count - 1)
        after = stops[min(whole + 1, len(stops) - 1)]
        color = (low + (high - low) * rest // (count - 1) for low, high in zip(stops[whole], after, strict=True))
        made.append("#" + "".join(f"{part:02x}" for part in color))
    return made


def style_sheet(late_bands: int) -> str:
    """Return the style sheet of a page whose ageing has so many bands of lateness."""

    def names(colors: Sequence[str]) -> str:
        return "".join(f"--late-{place}:{color};" for place, color in enumerate(colors))

    bands = "".join(f".late-{place}{{fill:var(--late-{place});background:var(--late-{place})}}" for place in range(late_bands))
    light, dark = names(ramp(max(late_bands, 1), _LIGHT)), names(ramp(max(late_bands, 1), _DARK))
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{bands}{_SHEET}"


_SHEET = """
:root{color-scheme:light dark;--ground:#fbfbfa;--card:#fff;--ink:#1c2126;--soft:#5a646e;--line:#dfe3e6;--grid:#eceff1;
--current:#8fb0cc;--good:#2f7d6b;--bad:#a3413c;--open:#8fb0cc;--other:#b9c0c7;--heat:#3f7cac;--mark:#1c2126;--link:#1d5f91}
@media screen and (prefers-color-scheme:dark){:root{--ground:#14181c;--card:#1b2025;--ink:#e7ebee;--soft:#a3adb7;--line:#323a42;
--grid:#262d34;--current:#4d7597;--good:#5cb8a0;--bad:#e58a80;--open:#4d7597;--other:#5d6771;--heat:#4f93c9;--mark:#e7ebee;--link:#8cc3ee}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums lining-nums}
header,main,footer{max-width:960px;margin:0 auto;padding:0 24px}
header{padding-top:40px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;font-weight:650;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:19px;line-height:1.3;margin:0 0 6px;font-weight:620}
h3{font-size:15px;margin:22px 0 4px;font-weight:620}
p{margin:0 0 12px;max-width:70ch}
a{color:var(--link)}
.sub,.note,.none{color:var(--soft)}
.note{font-size:13.5px}
.notice{border:1px solid var(--line);border-inline-start:4px solid var(--heat);
background:var(--card);padding:8px 14px;border-radius:4px;margin:16px 0}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;margin:14px 0 0;padding:0;font-size:14px}
nav a{text-decoration:none;display:inline-block;padding:3px 0}
nav a:hover,nav a:focus{text-decoration:underline}
section{margin:28px 0;padding:22px 24px;background:var(--card);border:1px solid var(--line);border-radius:8px}
.tiles{display:grid;grid-template-columns:repeat(3,1fr);gap:1px;background:var(--card);border:1px solid var(--line);
border-radius:8px;overflow:hidden;margin:14px 0 20px}
.tiles div{padding:14px 18px;box-shadow:0 0 0 1px var(--line)}
.tiles dt{color:var(--soft);font-size:13px}
.tiles dd{margin:0;font-size:23px;line-height:1.25;font-weight:600;letter-spacing:-.01em}
.tiles dd small{display:block;font-size:13px;line-height:1.35;font-weight:400;color:var(--soft);letter-spacing:0;margin-top:2px}
.scroll{overflow-x:auto;margin:6px 0 4px}
.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:14px}
.caption{color:var(--soft);font-size:13.5px;margin:14px 0 0}
th,td{padding:6px 0 6px 14px;text-align:end;border-bottom:1px solid var(--grid);vertical-align:top;white-space:nowrap}
th:first-child,td:first-child{padding-inline-start:0}
th{font-weight:500}
thead th{color:var(--soft);font-size:12.5px;border-bottom-color:var(--line);vertical-align:bottom;white-space:normal}
tfoot th,tfoot td{border-bottom:0;border-top:1px solid var(--line);font-weight:620}
.word{text-align:start}
td.word{white-space:normal;min-width:9ch}
tbody th,tfoot th{position:sticky;inset-inline-start:0;background:var(--card)}
.long{display:block;white-space:normal;min-width:24ch}
.blank{visibility:hidden}
main>h2{margin:22px 0 0}
th small{display:block;color:var(--soft);font-size:12.5px;font-weight:400}
.swatch{display:inline-block;inline-size:10px;block-size:10px;border-radius:2px;margin-inline-end:8px}
.heat td{text-align:center;padding:5px 4px;border:2px solid var(--card);line-height:1.25;min-width:58px;
background:color-mix(in srgb,var(--heat) calc(var(--p,0)*.55%),var(--card))}
.heat thead th{text-align:center;padding:5px 4px}
.heat thead th:first-child{text-align:start}
.heat td small{display:block;font-size:11.5px}
.heat td.stay{box-shadow:inset 0 0 0 1.5px var(--soft)}
.heat td.all{background:none;color:var(--soft)}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.narrow{display:none}
svg text{font-size:12px;fill:var(--soft);font-family:inherit;font-variant-numeric:tabular-nums}
svg .y{text-anchor:end}svg .x{text-anchor:middle}svg .last{text-anchor:end}
svg .grid{stroke:var(--grid)}svg .axis{stroke:var(--soft)}
svg .mark{stroke:var(--mark);stroke-width:2}
.current{fill:var(--current);background:var(--current)}.good{fill:var(--good);background:var(--good)}
.bad{fill:var(--bad);background:var(--bad)}.open{fill:var(--open);background:var(--open)}.other{fill:var(--other);background:var(--other)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:6px 0 10px;padding:0;font-size:13px;color:var(--soft)}
.legend i{display:inline-block;inline-size:11px;block-size:11px;border-radius:2px;margin-inline-end:6px}
.legend i.line{block-size:2px;inline-size:14px;background:var(--mark);vertical-align:middle}
.shares{display:flex;gap:2px;block-size:16px;margin:8px 0 2px;border-radius:3px;overflow:hidden}
.gauge{display:inline-block;inline-size:64px;block-size:8px;background:var(--grid);border-radius:2px;margin-inline-start:10px;overflow:hidden}
.gauge i{display:block;block-size:100%;background:var(--heat)}
code{font:12.5px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
details{margin-top:10px}summary{cursor:pointer;color:var(--link);font-size:14px;padding:4px 0}
dl.method{display:grid;grid-template-columns:minmax(9rem,13rem) 1fr;gap:8px 20px;margin:12px 0;font-size:14px}
dl.method dt{font-weight:600}dl.method dd{margin:0}
footer{color:var(--soft);font-size:13px;padding-bottom:48px}
@media (max-width:600px){
header,main,footer{padding-inline:14px}header{padding-top:24px}h1{font-size:23px}
section{padding:16px 14px;margin:16px 0}.wide{display:none}.narrow{display:block}.gauge{display:none}
.tiles{grid-template-columns:1fr 1fr}.tiles div{padding:10px 12px}.tiles dd{font-size:17.5px}
th,td{padding-inline-start:12px}table{font-size:13.5px}dl.method{grid-template-columns:1fr;gap:2px}dl.method dd{margin-bottom:8px}
.heat td{min-width:50px}.long{min-width:15ch;max-width:46vw}}
@media print{body{background:#fff;font-size:11pt}section{break-inside:avoid;border-color:#ccc;margin:12px 0}
nav{display:none}.scroll{overflow:visible}
details::details-content{content-visibility:visible;display:block}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
