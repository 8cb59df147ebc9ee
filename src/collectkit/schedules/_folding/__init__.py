"""How the fold works inside: what each kind of entry does to the columns of what is owed. Hosts use `collectkit.schedules.replay`.

`fold` holds the state and takes up entries; `charging`, `outgoing` and `changes` are what it does for some kinds of them;
`sheet` has the columns, `pouring` the order in which money fills them; `counting` tells which entries count, `booked` what
is written down of each.
"""
