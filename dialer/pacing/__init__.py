"""How many calls to place now, so that agents talk and people who answer find somebody there.

Pure: no clock, no chance, no I/O. Does not choose whom to call (the hopper does) nor place a call.

`Pacer.decide(moment)` is the whole of it. Read on in this order: `state` (what goes in and comes out),
`decide` (the rule), `shortage` (the arithmetic of too many answers), `answer` and `agents` (what is learned
of the called and of the agents), `balance` (the abandonment budget), `pacer` (how they are joined),
`record` (a day on paper).
"""
