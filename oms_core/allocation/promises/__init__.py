"""What was promised before a run, and what it promises in turn.

`due`: who was sold something ahead of supply and finds it now. `reoptimise`: what no place has been told of yet,
decided anew. `pegging`: which coming supply each waiting line gets, and so the day it is promised for.

Belongs here: promises over several runs. Does not belong here: the plan of one (`solvers`).
"""
