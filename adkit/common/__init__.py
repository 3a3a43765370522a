"""What an operation is: the registry, its declarations, and the way to an engine.

How a call travels. A user calls ``np.sin(x)`` with a traced ``x``; NumPy's protocol
brings it to `tracer`, which looks for code that its engine has specialised for
``np.sin`` (`specialise`), and otherwise asks `dispatch`. That finds the declaration,
made by one of the `verbs`, in the `registry`, and the highest level among the operands.
The engine of that level strips it, calls the function again one level down for the
value, and carries the derivative as `linearisation` reads it off the declaration: a
`Dual` pushes its tangent now, a `Node` records an entry whose ``pull`` runs in the sweep
back. Writes into arrays go through `storage`.

Two decisions shape all rules. Directions lie on *leading* axes, NumPy's own
convention for stacks, so a rule that counts axes from the end serves any number of
them. And a traced array is a handle: it holds its value and, in reverse mode, the
entry that made it, so a write can move the handle to a new version while what was
recorded keeps the old one.

Leading or trailing directions was measured on 22 operations with 16 directions, at
30 x 10 and 300 x 100 elements: equal within 5 % for arithmetic, sums, reshapes, padding
and products; leading is 1.7 to 2.8 times faster for masks and 1.0 to 2.0 for integer
indices and repeats; trailing is faster for transposed copies of small arrays (1.6) and
for `numpy.linalg.solve` with one matrix, whose rule therefore moves directions into the
columns of the right-hand side.
"""
