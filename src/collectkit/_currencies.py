"""Which codes are money, and how many decimals each has: ISO 4217 as versioned data.

The decimals are those of ISO 4217, in which money is stored and moved; CLDR, which only says how prices are
usually shown, differs for some (ALL, IQD, MGA). A new edition of the standard is a new `CURRENCIES_VERSION`.
Whether a code is in use depends on the edition alone and never on a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from collectkit.errors import UnknownCurrencyError

# ISO 4217 list one and list three, amendments up to 180: the lev gave way to the euro on 2026-01-01.
CURRENCIES_VERSION = "2026-01-01"

_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU "
        "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
        "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
        "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
        "TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

# Code -> (the one text object that stands for it, exponent). Money compares these objects by identity.
CURRENCIES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {code: (code, exponent) for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
)

# Last day on which a debt could be stated in it. For those replaced by the euro that is the eve of the change-over
# (Regulation (EC) 974/98, article 14, turned every claim into euro then), although coins and notes were taken longer.
_WITHDRAWN_BY_LAST_DAY = {
    "1985-06-13": "ARP",
    "1985-09-03": "ILR",
    "1990-06-30": "DDM",
    "1991-12-31": "ARA",
    "1992-12-31": "MXP",
    "1993-02-07": "CSK",
    "1993-02-28": "UYP",
    "1994-06-30": "BRR",
    "1994-12-31": "PLZ",
    "1997-12-31": "RUR",
    "1998-12-31": "XEU",
    "1999-07-04": "BGL",
    "1999-12-31": "BYB",
    "2000-09-09": "ECS",
    "2000-10-29": "TJR",
    "2001-12-31": "ADP ATS BEF DEM ESP FIM FRF GRD IEP ITL LUF NLG PTE",
    "2002-10-06": "AFA",
    "2003-12-31": "SRG",
    "2004-12-31": "MGF TRL",
    "2005-06-30": "ROL",
    "2005-12-31": "AZM",
    "2006-06-30": "MZM",
    "2006-07-31": "ZWD",
    "2006-10-25": "CSD",
    "2006-12-31": "SIT",
    "2007-01-09": "SDD",
    "2007-07-02": "GHC",
    "2007-12-31": "CYP MTL VEB",
    "2008-07-31": "ZWN",
    "2008-12-31": "SKK TMM",
    "2009-02-01": "ZWR",
    "2010-12-31": "EEK",
    "2012-12-31": "ZMK",
    "2013-12-31": "LVL",
    "2014-03-27": "USS",
    "2014-12-31": "LTL",
    "2016-06-30": "BYR",
    "2017-12-31": "MRO STD",
    "2018-08-19": "VEF",
    "2021-06-30": "CUC",
    "2022-12-31": "HRK",
    "2023-12-31": "SLL",
    "2024-08-31": "ZWL",
    "2025-03-30": "ANG",
    "2025-12-31": "BGN",
}

# Code -> last day as an ISO date.
WITHDRAWN: Mapping[str, str] = MappingProxyType(
    {code: last_day for last_day, codes in _WITHDRAWN_BY_LAST_DAY.items() for code in codes.split()}
)

# Metals, units of account and codes for "none": nobody can owe or pay in them.
NO_MONEY: Mapping[str, str] = MappingProxyType(
    {
        "XAD": "a unit of account of the Arab Monetary Fund",
        "XAG": "silver",
        "XAU": "gold",
        "XBA": "a bond market unit",
        "XBB": "a bond market unit",
        "XBC": "a bond market unit",
        "XBD": "a bond market unit",
        "XDR": "special drawing rights",
        "XPD": "palladium",
        "XPT": "platinum",
        "XSU": "a unit of account",
        "XTS": "the code for tests",
        "XUA": "a unit of account",
        "XXX": "the code for no currency",
    }
)


def known(currency: str) -> tuple[str, int]:
    """
    Return the code and the exponent of a currency in use.

    Raises:
        UnknownCurrencyError: Not an ISO 4217 code, no money, or withdrawn; then the message says until when it was valid.
    """
    entry = CURRENCIES.get(currency) if isinstance(currency, str) else None
    if entry is None:
        raise UnknownCurrencyError(f"{_why_unknown(currency)}; nothing was recorded")
    return entry


def _why_unknown(currency: object) -> str:
    if not isinstance(currency, str):
        return f"currency must be an ISO 4217 code such as 'USD', got {type(currency).__name__}"
    if last_day := WITHDRAWN.get(currency):
        return f"{currency} is withdrawn: valid until {last_day}"
    if what := NO_MONEY.get(currency):
        return f"{currency} is no money but {what}: valid on no date"
    if len(currency) == 3 and currency.isascii() and currency.isupper():
        return f"{currency} is not a currency of ISO 4217 as of {CURRENCIES_VERSION}: valid on no date"
    return "currency must be an ISO 4217 code of three capital letters such as 'USD'"
