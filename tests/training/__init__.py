"""Learn the weights of the rules from the labelled recordings, and tell how right the verdicts are.

Run from the repository: `make train`, `make accuracy`. No part of the distribution.
"""

import os

# The arrays are small: threads of the linear algebra cost more than they gain, and sum in another order.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
