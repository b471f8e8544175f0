"""Faults of the web servers, and of what they forward to."""

from lab.fault import Call, Fault, get

FAULTS = (
    Fault("the web server is told to answer 500", "config.web_server", "web", get("/front/closed-shop"), ("own", "nginx|caddy"),
          on_each_front=True, at_most=6),
    Fault("nothing listens where the web server forwards to", "app.down", "closed host", get("/front/nobody"), ("own",),
          on_each_front=True, at_most=6),
    Fault("what the web server forwards to does not accept", "app.down", "silent host", get("/front/silent"), ("own",),
          on_each_front=True, at_most=3, is_alone=True),
    Fault("what the web server forwards to speaks no HTTP", "app.bad_response", "outside", get("/front/garbage"), ("own",),
          on_each_front=True, at_most=3),
    Fault("what the web server forwards to never answers, and nothing is known of it", "unknown", "outside", get("/front/mute"),
          ("own",), on_each_front=True, at_most=3, is_alone=True),
    Fault("TLS to a backend that has none", "config.web_server", "web", get("/front/tls"), ("own",), on_each_front=True, at_most=3),
    Fault("a backend's name that is unknown", "config.web_server", "web", get("/front/lost-name"), ("own",),
          on_each_front=True, at_most=3),
    Fault("a socket that the web server may not use", "config.permission_denied", "web", get("/front/socket"), ("own", "nginx", "root"),
          on_each_front=True, at_most=2),
    Fault("a rewrite that leads to itself", "config.rewrite_loop", "web", get("/front/loop/x"), ("own", "nginx|apache"),
          on_each_front=True, at_most=4),
    Fault("a script without a header", "config.web_server", "web", get("/front/script"), ("own", "apache"), on_each_front=True, at_most=2),
    Fault("a misspelt directive", "config.web_server", "web", get("/front/htaccess/{key}"), ("own", "apache"), on_each_front=True, at_most=2),
    Fault("more requests than the web server lets through", "web_server.limit", "web",
          (Call("/front/limited", may_win=True), Call("/front/limited", delay_s=0.3)), ("own", "nginx"), on_each_front=True, at_most=2),
    Fault("more connections than the web server lets through", "web_server.limit", "web",
          (Call("/front/crowded", is_extra=True), Call("/front/crowded", delay_s=0.4)), ("own", "nginx"), on_each_front=True, at_most=2),
)  # fmt: skip
