require 'logger'
require 'rails'
require 'action_controller/railtie'
require 'active_record/railtie'
require 'payment_sdk' if ENV['LAB_BROKEN'] == 'import'
ENV.fetch('SESSION_SECRET') if ENV['LAB_BROKEN'] == 'setting'
eval('def broken(') if ENV['LAB_BROKEN'] == 'syntax'

module Lab
  class Application < Rails::Application
    config.eager_load = true
    config.secret_key_base = 'x' * 64
    config.hosts.clear
    config.consider_all_requests_local = false
  end
end
