"""What an operation is: the registry, its declarations, and the way to an engine.

How a call travels. A user calls ``np.sin(x)`` with a traced ``x``; NumPy's protocol
brings it to `tracer`, which looks for code that its engine has specialised for
``np.sin`` (`specialise`), and otherwise asks `dispatch`. That finds the declaration
(made by one of the `verbs`) in the `registry` and the highest level among the operands. The engine of that level
strips it, calls the function again one level down for the value, and carries the
derivative as `linearisation` reads it off the declaration: a `Dual` pushes its
tangent now, a `Node` records an entry whose ``pull`` runs in the sweep back.

Two decisions shape all rules. Directions lie on *leading* axes, NumPy's own
convention for stacks, so a rule that counts axes from the end serves any number of
them. And a traced array is a handle: it holds its value and, in reverse mode, the
entry that made it, so a write can move the handle to a new version while what was
recorded keeps the old one.
"""
