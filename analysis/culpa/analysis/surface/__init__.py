"""What programs and notebooks hold in their hands: a session, its rows, its times."""
