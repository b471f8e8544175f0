"""The web servers of the lab: one nginx, one Apache and one Caddy, each with a site for every app."""
