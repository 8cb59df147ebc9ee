"""The published rates of contacts and promises, one function each, over counts that somebody already has.

Two people who say "contact rate" rarely mean one thing. Each function is one meaning, with what stands above and below its line, what that
counts, and what is left out. The datasets of `collectkit.reports` work such counts out of facts; these functions are for counts that
come from elsewhere, and for saying which rate is meant.
"""

from __future__ import annotations

import attrs

from collectkit.reports._shares import ratio, share
from collectkit.reports.rates import Rate

_NOT_JUDGED = ("promises that are not yet due", "invalidated promises")


def right_party_rate(right_parties: int, attempts: int) -> Rate:
    """
    Return the attempts that came to the right person, verified, of all attempts.

    Args:
        right_parties: Outbound attempts in which the customer, or somebody authorised, was verified.
        attempts: Outbound tries of any kind.

    Source:
        Cleardu, glossary of collection metrics ("RPC rate"); other publications divide by connects: `right_party_rate_of_connects`.

    >>> right_party_rate(45, 300).percent()
    '15.0'
    """
    return share(right_parties, attempts, "contacts", "right party of attempts")


def right_party_rate_of_connects(right_parties: int, connects: int) -> Rate:
    """
    Return the connects that came to the right person, of all connects.

    Args:
        right_parties: Contacts in which the customer, or somebody authorised, was verified.
        connects: Contacts in which a person or a mailbox answered.

    Source:
        The variant of the RPC rate by connects; field knowledge, without a page of its own.

    >>> right_party_rate_of_connects(45, 120).percent()
    '37.5'
    """
    return share(right_parties, connects, "contacts", "right party of connects")


def penetration(attempted: int, workable: int) -> Rate:
    """
    Return the accounts with at least one attempt in a period, of those workable.

    Args:
        attempted: Accounts, each once.
        workable: Accounts that could be worked; what is left out of them is the caller's to say.

    Source:
        Prodigal, glossary of collection metrics, which tells of about 40 % at a typical third-party agency.

    >>> penetration(4_000, 10_000).percent()
    '40.0'
    """
    return share(attempted, workable, "accounts", "attempted of workable")


def right_party_penetration(reached: int, workable: int) -> Rate:
    """
    Return the accounts with at least one right-party contact in a period, of those workable.

    Args:
        reached: Accounts, each once.
        workable: Accounts that could be worked.

    Source:
        Prodigal, as `penetration`; the variant by right-party contacts.

    >>> right_party_penetration(900, 10_000).percent()
    '9.0'
    """
    return share(reached, workable, "accounts", "right party reached of workable")


def contact_intensity(attempts: int, workable: int) -> Rate:
    """
    Return the attempts by workable account in a period; it may exceed one.

    Args:
        attempts: Outbound tries.
        workable: Accounts that could be worked.

    Source:
        Field knowledge, without a page of its own.

    >>> contact_intensity(25_000, 10_000).text(1)
    '2.5'
    """
    return ratio(attempts, workable, "accounts", "attempts by workable account")


def saturation(at_cap: int, workable: int) -> Rate:
    """
    Return the accounts for which no contact more is permitted, of those workable.

    Args:
        at_cap: Accounts at a cap of the law or the policy.
        workable: Accounts that could be worked.

    Source:
        Field knowledge, without a page of its own.

    >>> saturation(120, 10_000).percent()
    '1.2'
    """
    return share(at_cap, workable, "accounts", "at a cap of workable")


def contact_coverage(reachable: int, people: int) -> Rate:
    """
    Return the people with usable contact data for a channel, of all people.

    This is coverage by data. How many accounts of a worker were worked is `Measure.COVERAGE`.

    Args:
        reachable: People with at least one usable contact point on the channel.
        people: All people.

    Source:
        Cleardu, glossary of collection metrics ("coverage").

    >>> contact_coverage(860, 1_000).percent()
    '86.0'
    """
    return share(reachable, people, "people", "with usable contact data of all")


def deliverability(delivered: int, sent: int) -> Rate:
    """
    Return the messages delivered of those sent.

    Args:
        delivered: Messages of which it is known that they arrived; one of which nobody knows is not among them.
        sent: Messages handed over.

    Source:
        Cleardu, glossary of collection metrics ("deliverability").

    >>> deliverability(970, 1_000).percent()
    '97.0'
    """
    return share(delivered, sent, "contacts", "delivered of sent")


def promise_rate(promised: int, delinquent: int) -> Rate:
    """
    Return the delinquent accounts on which a promise was made.

    Args:
        promised: Accounts with a promise, each once.
        delinquent: Delinquent accounts.

    Source:
        Cleardu, glossary of collection metrics ("promise-to-pay rate").

    >>> promise_rate(250, 1_000).percent()
    '25.0'
    """
    return share(promised, delinquent, "accounts", "with a promise of delinquent")


def promise_rate_of_conversations(promises: int, right_parties: int) -> Rate:
    """
    Return the promises by conversation with the right person, as call centers count; a conversation may bring several.

    Args:
        promises: Promises taken.
        right_parties: Conversations with the right person.

    Source:
        The variant of call centers; field knowledge, without a page of its own.

    >>> promise_rate_of_conversations(18, 45).percent()
    '40.0'
    """
    return ratio(promises, right_parties, "contacts", "promises by conversation")


def kept_rate(kept: int, due: int) -> Rate:
    """
    Return the promises kept of those due, by number.

    Args:
        kept: Promises judged kept.
        due: Promises whose last day is over, without those that were invalidated.

    Source:
        Cleardu, glossary of collection metrics ("promise kept rate").

    >>> kept_rate(120, 200).percent()
    '60.0'
    """
    return share(kept, due, "promises", "kept of due", _NOT_JUDGED)


def kept_rate_by_amount(kept_minor: int, due_minor: int) -> Rate:
    """
    Return what was kept of what was promised and due, by amount.

    Args:
        kept_minor: What was kept, minor units.
        due_minor: What was promised and is due, minor units.

    Source:
        Cleardu, as `kept_rate`; by amount, so that many small promises do not hide a large one.

    >>> kept_rate_by_amount(540_000, 1_000_000).percent()
    '54.0'
    """
    return share(kept_minor, due_minor, "minor", "kept of due, by amount", _NOT_JUDGED)


def broken_rate(kept: Rate) -> Rate:
    """
    Return the rest of a kept rate: broken, where a rule says of each partly kept promise which of the two it is.

    Args:
        kept: A `kept_rate`, by number or by amount.

    Source:
        One less the kept rate; field knowledge, without a page of its own.

    >>> broken_rate(kept_rate(120, 200)).percent()
    '40.0'
    """
    return attrs.evolve(kept, numerator=kept.denominator - kept.numerator, what=kept.what.replace("kept", "broken", 1))


def self_cure_rate(unaided: int, delinquent: int) -> Rate:
    """
    Return the accounts that paid within a window without any contact by an agent, of those that were delinquent at its beginning.

    Args:
        unaided: Accounts, each once.
        delinquent: Delinquent accounts at the beginning of the window.

    Source:
        Field knowledge, without a page of its own.

    >>> self_cure_rate(310, 1_000).percent()
    '31.0'
    """
    return share(unaided, delinquent, "accounts", "paid unaided of delinquent")
