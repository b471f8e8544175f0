"""The collector's sub-commands of `culpa`, one file each; entry points name them."""
