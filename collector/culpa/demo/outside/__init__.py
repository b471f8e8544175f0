"""What stands outside the shop: the payments company. It is started as a script and never imported."""
