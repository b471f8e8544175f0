"""The live lab: real stacks, faults injected one at a time, and culpa's verdict beside what was injected.

Run from the repository: `make lab`. No part of the distribution; a quick part of it is a test.
"""
