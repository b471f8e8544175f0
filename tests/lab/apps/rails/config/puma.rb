bind "tcp://127.0.0.1:#{ENV['LAB_PORT']}"
threads 1, 6
# Longer than the web servers keep an idle connection.
persistent_timeout 75
